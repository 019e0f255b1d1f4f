import ChildProcesses
import JSON

/// JSON that a person hands to a command.
enum JSONInput {
    /// Reads one JSON text from a file, or from standard input for `-`.
    static func read(_ path: String) throws(CommandFailure) -> JSONValue {
        let bytes: [UInt8]
        do {
            bytes = try TextFile.read(path)
        } catch {
            throw .system(error)
        }
        return try parse(bytes, source: name(path))
    }

    /// Reads all JSON texts of a file, or of standard input for `-`, with any white space between them.
    static func readSequence(_ path: String) throws(CommandFailure) -> [JSONValue] {
        var scanner = JSONScanner(messageBytesMax: 4 << 20, nestingMax: 64)
        var values: [JSONValue] = []
        do {
            scanner.append(try TextFile.read(path))
            while try scanner.next() { values.append(JSONValue(scanner.document, scanner.document.root)) }
            if try scanner.finish() { values.append(JSONValue(scanner.document, scanner.document.root)) }
        } catch let error as JSONScanError {
            throw .invalidJSON(source: name(path), error)
        } catch let error as SystemFailure {
            throw .system(error)
        } catch {
            throw .failed("\(error)")
        }
        return values
    }

    /// Reads JSON that stands on the command line.
    static func parse(_ text: String, source: String) throws(CommandFailure) -> JSONValue {
        try parse(Array(text.utf8), source: source)
    }

    private static func parse(_ bytes: [UInt8], source: String) throws(CommandFailure) -> JSONValue {
        do {
            return try JSONValue.parse(bytes)
        } catch {
            throw .invalidJSON(source: source, error)
        }
    }

    private static func name(_ path: String) -> String {
        path == "-" ? "the standard input" : path
    }
}
