import ChildProcesses
import JSON

/// Publishes blocks of events on one connection: a block is sent whole, and then its answers are read.
struct PipelinedPublisher: ~Copyable {
    private let socket: UnixSocket
    private var input = [UInt8](repeating: 0, count: 1 << 20)

    init(path: String) throws(SystemFailure) {
        socket = try UnixSocket(connectedTo: path)
    }

    /// - Throws: `BenchFailure.refused` with the first answer that is an error.
    mutating func publish(_ block: [JSONValue], into latencies: inout Histogram) throws {
        var output: [UInt8] = []
        for (index, params) in block.enumerated() {
            let request: JSONValue = [
                "jsonrpc": "2.0", "id": .int(index), "method": "publishConsent", "params": params,
            ]
            output += request.jsonBytes + [UInt8(ascii: "\n")]
        }
        let start = Monotonic.nanoseconds
        var sent = 0
        while sent < output.count { sent += try socket.send(output, from: sent) }
        var scanner = JSONScanner(messageBytesMax: 4 << 20, nestingMax: 64)
        var answered = 0
        while answered < block.count {
            guard let count = try socket.receive(into: &input, from: 0) else { continue }
            scanner.append(input[..<count])
            while try scanner.next() {
                guard scanner.document.member(of: scanner.document.root, named: "result") != nil else {
                    let answer = JSONValue(scanner.document, scanner.document.root)
                    throw BenchFailure.refused(method: "publishConsent", answer: "\(answer)")
                }
                latencies.record(nanoseconds: Monotonic.nanoseconds - start)
                answered += 1
            }
        }
    }
}
