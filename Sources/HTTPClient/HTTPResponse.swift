/// A complete answer from a server, whatever its status.
///
/// Its textual form leaves out headers and body, which may hold secrets or personal data.
package struct HTTPResponse: Sendable {
    package var status: Int
    /// The headers of the final answer in the order received; those of interim answers are left out.
    package var headers: [(name: String, value: String)]
    /// The body after decompression.
    package var body: [UInt8]
    package var timing: HTTPTiming
    /// Whether the request went out on a connection that an earlier one had opened.
    package var connectionReused: Bool
    package var httpVersion: HTTPVersion

    /// Creates an answer, as the client does and fakes may.
    package init(
        status: Int,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timing: HTTPTiming = HTTPTiming(),
        connectionReused: Bool = false,
        httpVersion: HTTPVersion = .http11
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.timing = timing
        self.connectionReused = connectionReused
        self.httpVersion = httpVersion
    }

    /// Returns the value of the first header with this name, compared without regard to ASCII case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.equalsIgnoringASCIICase(name) }?.value
    }
}

extension HTTPResponse: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(status), \(body.count) bytes" }

    package var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}

/// Where the time of a request went, each measured from its start.
package struct HTTPTiming: Sendable, Equatable {
    package var nameLookup: Duration = .zero
    package var connect: Duration = .zero
    /// When the TLS handshake was done; zero for plain HTTP or a reused connection.
    package var tlsHandshake: Duration = .zero
    package var firstByte: Duration = .zero
    package var total: Duration = .zero

    /// Creates a timing of zeros, to be filled in.
    package init() {}
}

/// The protocol version an answer came in.
package enum HTTPVersion: Sendable, Equatable {
    case http10
    case http11
    case http2
    case other
}

extension String {
    func equalsIgnoringASCIICase(_ other: String) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { $0 == $1 || ($0.asciiLowercased == $1.asciiLowercased) }
    }
}

extension UInt8 {
    var asciiLowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
