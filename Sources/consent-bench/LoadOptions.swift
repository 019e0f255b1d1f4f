import ArgumentParser

/// The shape of the load.
struct LoadOptions: ParsableArguments {
    @Option(help: "Connections that are open at once.")
    var connections = 64

    @Option(help: "Requests in flight on each connection.")
    var depth = 16

    @Option(help: "Seconds before the measured time.")
    var warmUp = 2.0

    @Option(help: "Measured seconds.")
    var seconds = 5.0

    @Option(help: "People that the events are about.")
    var subjects = 100_000

    mutating func validate() throws {
        guard (1...500).contains(connections) else { throw ValidationError("--connections is 1 to 500") }
        guard (1...4_096).contains(depth) else { throw ValidationError("--depth is 1 to 4096") }
        guard warmUp >= 0, seconds > 0 else { throw ValidationError("--seconds must be more than 0") }
        guard (1...99_999_999).contains(subjects) else { throw ValidationError("--subjects is 1 to 99999999") }
    }
}
