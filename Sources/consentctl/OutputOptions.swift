import ArgumentParser
import Glibc
import JSON

/// How results are shown.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON also on a terminal.")
    var json = false

    /// Whether a program reads the output, rather than a person.
    var isForPrograms: Bool { json || isatty(STDOUT_FILENO) == 0 }

    /// Prints a result: a table for a person, one line of JSON for a program.
    func show(_ value: JSONValue, as table: @autoclosure () -> String) {
        print(isForPrograms ? value.description : table())
    }
}
