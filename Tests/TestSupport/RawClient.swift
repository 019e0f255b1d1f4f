package import JSON

/// A caller of the daemon that decides on every byte itself.
package final class RawClient {
    package let socket: StreamSocket
    private var pending: [UInt8] = []
    private var scanned = 0
    private var lastID = 0

    /// Connects to one of the daemon's sockets.
    package init(path: String) throws {
        socket = try StreamSocket(path: path)
    }

    /// Sends text as it is.
    package func send(_ text: String) async throws {
        try await socket.send(Array(text.utf8))
    }

    /// The next line without its end; nil when the server has closed.
    ///
    /// - Throws: `UnfinishedLine` when the stream ends inside a line; `TimedOut`.
    package func line(within limit: Duration = Patience.standard) async throws -> String? {
        while true {
            if let end = pending[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeSubrange(...end)
                scanned = 0
                return line
            }
            scanned = pending.count
            guard let bytes = try await socket.receive(within: limit) else {
                guard pending.isEmpty else { throw UnfinishedLine(text: String(decoding: pending, as: UTF8.self)) }
                return nil
            }
            pending += bytes
        }
    }

    /// All lines until the server closes.
    package func rest(within limit: Duration = Patience.standard) async throws -> [String] {
        var lines: [String] = []
        while let line = try await line(within: limit) { lines.append(line) }
        return lines
    }

    /// The next answer.
    ///
    /// - Throws: `ConnectionClosed` when there is none.
    package func answer(within limit: Duration = Patience.standard) async throws -> JSONValue {
        guard let line = try await line(within: limit) else { throw ConnectionClosed() }
        return try JSONValue.parse(line)
    }

    /// As many answers, in the order of their arrival.
    package func answers(_ count: Int) async throws -> [JSONValue] {
        var answers: [JSONValue] = []
        while answers.count < count { answers.append(try await answer()) }
        return answers
    }

    /// Makes one call and gives its whole answer; nothing else may be outstanding.
    package func call(_ method: String, _ params: JSONValue? = nil) async throws -> JSONValue {
        lastID += 1
        try await send(RPCText.call(.int(lastID), method, params))
        return try await answer()
    }

    /// Makes one call and gives its result.
    ///
    /// - Throws: `CallFailed` with the error object.
    package func result(_ method: String, _ params: JSONValue? = nil) async throws -> JSONValue {
        let answer = try await call(method, params)
        guard let result = answer["result"] else { throw CallFailed(method: method, error: answer["error"] ?? .null) }
        return result
    }

    /// The server closed instead of answering.
    package struct ConnectionClosed: Error {}

    /// The stream ended without a newline.
    package struct UnfinishedLine: Error {
        package var text: String
    }
}

/// An error where a result was expected.
package struct CallFailed: Error, CustomStringConvertible {
    package var method: String
    package var error: JSONValue

    package init(method: String, error: JSONValue) {
        self.method = method
        self.error = error
    }

    package var code: Int? { error["code"]?.intValue }

    package var description: String { "\(method): \(error)" }
}

/// Requests as text.
package enum RPCText {
    /// A call without a newline behind it.
    package static func call(_ id: JSONValue, _ method: String, _ params: JSONValue? = nil) -> String {
        var request: JSONValue = ["jsonrpc": "2.0", "id": id, "method": .string(method)]
        request["params"] = params
        return request.description
    }

    /// A call that is not answered.
    package static func notification(_ method: String, _ params: JSONValue? = nil) -> String {
        var request: JSONValue = ["jsonrpc": "2.0", "method": .string(method)]
        request["params"] = params
        return request.description
    }
}
