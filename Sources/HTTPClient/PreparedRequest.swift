/// A request that passed its checks, with the header lines and body bytes that go out.
struct PreparedRequest: Sendable {
    let method: HTTPMethod
    let url: String
    let host: String
    let headerLines: [String]
    let body: [UInt8]
    let connectTimeoutMilliseconds: Int
    let totalTimeoutMilliseconds: Int
    let responseBytesMax: Int

    init(_ request: HTTPRequest) throws(HTTPError) {
        guard Self.isAcceptable(url: request.url), !request.host.isEmpty else { throw .unsupportedURL }
        method = request.method
        url = request.url
        host = request.host
        connectTimeoutMilliseconds = request.connectTimeout.wholeMilliseconds
        totalTimeoutMilliseconds = request.totalTimeout.wholeMilliseconds
        responseBytesMax = request.responseBytesMax

        let compressed = request.compressesBody ? Gzip.compress(request.body) : nil
        body = compressed ?? request.body
        // libcurl adds these two by itself for larger or unnamed bodies; an empty value keeps it from doing so.
        var lines = ["Expect:"]
        if !request.headers.contains(where: { $0.name.equalsIgnoringASCIICase("content-type") }) {
            lines.append("Content-Type:")
        }
        if compressed != nil {
            lines.append("Content-Encoding: gzip")
        }
        for (name, value) in request.headers {
            lines.append(try Self.headerLine(name: name, value: value))
        }
        headerLines = lines
    }

    private static func isAcceptable(url: String) -> Bool {
        let scheme = url.prefix { $0 != ":" }.lowercased()
        return (scheme == "https" || scheme == "http") && url.dropFirst(scheme.count).hasPrefix("://")
            && url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    private static func headerLine(name: String, value: String) throws(HTTPError) -> String {
        guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else { throw .invalidHeader(name: "") }
        guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else {
            throw .invalidHeader(name: name)
        }
        // A colon and no value would remove the header; libcurl's spelling for an empty one is a semicolon.
        return value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(name);" : "\(name): \(value)"
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default:
            "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}

extension Duration {
    /// The time in whole milliseconds, rounded up and at least 1, since 0 means no limit to libcurl.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        let (milliseconds, overflow) = Int(seconds).multipliedReportingOverflow(by: 1_000)
        guard !overflow, milliseconds < Int(Int32.max) else { return Int(Int32.max) }
        return max(1, milliseconds + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
    }
}
