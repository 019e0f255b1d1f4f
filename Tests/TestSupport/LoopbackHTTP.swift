import JSON

/// As much of HTTP as it takes to steer the simulator.
enum LoopbackHTTP {
    /// Makes one request on a connection of its own and gives the JSON of the answer, null where it has no body.
    ///
    /// - Throws: `Refused` for any status but 2xx.
    static func request(port: Int, _ method: String, _ target: String, body: JSONValue?) async throws -> JSONValue {
        let socket = try StreamSocket(loopbackPort: port)
        let content = body?.jsonBytes ?? []
        let head =
            "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n\r\n"
        try await socket.send(Array(head.utf8) + content)
        var answer: [UInt8] = []
        while let bytes = try await socket.receive() { answer += bytes }
        guard let end = answer.firstRange(of: Array("\r\n\r\n".utf8)) else { throw Refused(answer: "") }
        let headLines = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
        var rest = Array(answer[end.upperBound...])
        if headLines.lowercased().contains("transfer-encoding: chunked") { rest = joined(chunks: rest) }
        guard headLines.hasPrefix("HTTP/1.1 2") else {
            throw Refused(answer: headLines + "\n" + String(decoding: rest, as: UTF8.self))
        }
        return rest.isEmpty ? .null : try JSONValue.parse(rest)
    }

    private static func joined(chunks bytes: [UInt8]) -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let end = rest.firstRange(of: [13, 10]),
            let count = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), count > 0
        {
            body += rest[end.upperBound...].prefix(count)
            rest = rest[end.upperBound...].dropFirst(count + 2)
        }
        return body
    }

    /// An answer that was none.
    struct Refused: Error {
        var answer: String
    }
}
