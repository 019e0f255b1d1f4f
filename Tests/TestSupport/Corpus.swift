import ChildProcesses
import Glibc
import JSON

/// Texts that readers of bytes are tried with, kept in `Tests/Corpus`.
package enum Corpus {
    /// A text of a public suite; the first letter of its name is the suite's verdict.
    package struct Text: Sendable {
        package var name: String
        package var bytes: [UInt8]
    }

    /// `y_` must be taken, `n_` must not, `i_` is left to the reader.
    package static func grammar() throws -> [Text] {
        try lines("grammar.txt").map { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            guard parts.count == 2 else { throw Unreadable(line: line) }
            return Text(name: String(parts[0]), bytes: try bytes(of: parts[1], line))
        }
    }

    /// Requests of every method and form, one a line.
    package static func requests() throws -> [String] { try lines("requests.txt") }

    /// How often a fuzzed test runs: `CONSENTD_FUZZ_EXECUTIONS`, else the test's own number.
    package static func executions(_ usual: Int) -> Int {
        guard let text = unsafe getenv("CONSENTD_FUZZ_EXECUTIONS") else { return usual }
        return Int(unsafe String(cString: text)) ?? usual
    }

    /// The seed of a fuzzed test: `CONSENTD_FUZZ_SEED`, else always the same.
    package static var seed: UInt64 {
        guard let text = unsafe getenv("CONSENTD_FUZZ_SEED") else { return 1 }
        return UInt64(unsafe String(cString: text)) ?? 1
    }

    private static func lines(_ name: String) throws -> [String] {
        // A sandbox does not see a project below /tmp, where it was built.
        let elsewhere = unsafe getenv("CONSENTD_CORPUS").map { unsafe String(cString: $0) }
        let directory =
            elsewhere ?? #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Corpus"
        let text = String(decoding: try TextFile.read(directory + "/" + name), as: UTF8.self)
        return text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    }

    /// Strings, each with an optional `N*` before it.
    private static func bytes(of text: Substring, _ line: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.drop { $0 == " " }
        while !rest.isEmpty {
            let count = rest.prefix { $0.isNumber }
            rest = rest.dropFirst(count.isEmpty ? 0 : count.count + 1)
            guard let end = rest.dropFirst().indices.first(where: { isEnd($0, of: rest) }) else {
                throw Unreadable(line: line)
            }
            let string = try JSONValue.parse(String(rest[...end])).stringValue ?? ""
            let part = string.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
            bytes += repeatElement(part, count: Int(count) ?? 1).joined()
            rest = rest[rest.index(after: end)...].drop { $0 == " " }
        }
        return bytes
    }

    /// Whether a quotation mark ends the string: it does unless an odd number of backslashes is before it.
    private static func isEnd(_ index: Substring.Index, of text: Substring) -> Bool {
        guard text[index] == "\"" else { return false }
        return text[text.index(after: text.startIndex)..<index].reversed().prefix { $0 == "\\" }.count % 2 == 0
    }

    /// A line of a corpus is not of its form.
    package struct Unreadable: Error {
        package var line: String
    }
}
