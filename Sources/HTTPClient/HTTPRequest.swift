/// One HTTP request, complete in memory.
///
/// Its textual form names the method and the host only: paths, headers and bodies may hold secrets or personal data.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// An absolute `http` or `https` URL without user information, already percent-encoded.
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Whether the body goes out gzip-compressed, with `Content-Encoding` set, where that makes it smaller.
    package var compressesBody: Bool
    /// Longest time for name lookup, connecting and the TLS handshake together.
    package var connectTimeout: Duration
    /// Longest time from submission to the last byte of the answer.
    package var totalTimeout: Duration
    /// Most bytes of an answer's body, counted after decompression.
    package var responseBytesMax: Int

    /// Creates a request with the limits used for calls to an org.
    package init(
        method: HTTPMethod,
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        compressesBody: Bool = false,
        connectTimeout: Duration = .seconds(10),
        totalTimeout: Duration = .seconds(120),
        responseBytesMax: Int = 16 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.compressesBody = compressesBody
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
        self.responseBytesMax = responseBytesMax
    }

    /// The host name of the URL, without port, for messages.
    package var host: String {
        guard let separator = url.firstRange(of: "://") else { return "" }
        var authority = url[separator.upperBound...].prefix { !"/?#".contains($0) }
        if let at = authority.lastIndex(of: "@") {
            authority = authority[authority.index(after: at)...]
        }
        if authority.first == "[" {
            return String(authority.prefix { $0 != "]" }.dropFirst())
        }
        return String(authority.prefix { $0 != ":" })
    }
}

extension HTTPRequest: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(method.rawValue) \(host)" }

    package var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}

/// The request methods in use.
package enum HTTPMethod: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Whether sending a request twice has the same effect as sending it once.
    package var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete: true
        case .post, .patch: false
        }
    }
}
