import ChildProcesses
import JSON

/// Asks the daemon one thing after another, outside the measured time.
struct ControlConnection: ~Copyable {
    private let socket: UnixSocket
    private var input = [UInt8](repeating: 0, count: 1 << 20)

    init(path: String) throws(SystemFailure) {
        socket = try UnixSocket(connectedTo: path)
    }

    /// The result of a call.
    mutating func call(_ method: String, _ params: JSONValue = [:]) throws -> JSONValue {
        let request: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": params]
        let bytes = request.jsonBytes + [UInt8(ascii: "\n")]
        var sent = 0
        while sent < bytes.count { sent += try socket.send(bytes, from: sent) }
        var scanner = JSONScanner(messageBytesMax: 64 << 20, nestingMax: 128)
        while try !scanner.next() {
            guard let count = try socket.receive(into: &input, from: 0) else { continue }
            scanner.append(input[..<count])
        }
        let answer = JSONValue(scanner.document, scanner.document.root)
        guard let result = answer["result"] else { throw BenchFailure.refused(method: method, answer: "\(answer)") }
        return result
    }
}

/// What stops a measurement.
enum BenchFailure: Error, CustomStringConvertible {
    case refused(method: String, answer: String)
    case notReady(program: String, log: String)
    case lost(missing: Int, of: Int)
    case neverDelivered

    var description: String {
        switch self {
        case .refused(let method, let answer): "\(method) was refused: \(answer)"
        case .notReady(let program, let log): "\(program) did not start: \(log)"
        case .lost(let missing, let total):
            "\(missing) of \(total) sampled acknowledged events are unknown after a kill"
        case .neverDelivered: "not everything was delivered within twenty minutes"
        }
    }
}
