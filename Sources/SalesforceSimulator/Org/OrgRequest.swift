/// One HTTP request as the org sees it.
package struct OrgRequest: Sendable {
    /// The HTTP method.
    package var method: String
    /// The path with its query, as on the request line.
    package var uri: String
    /// The headers in their order.
    package var headers: [(name: String, value: String)]
    /// The body after any content coding was undone.
    package var body: [UInt8]

    /// Makes a request; `uri` is the path with its query, as on the request line.
    package init(_ method: String, _ uri: String, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.method = method
        // What a client sends to a proxy names the whole address; the org takes the place of both.
        let rest = uri.firstRange(of: "://").map { uri[$0.upperBound...].drop { $0 != "/" } }
        self.uri = uri.hasPrefix("/") ? uri : rest.map(String.init) ?? uri
        self.headers = headers
        self.body = body
    }

    /// The value of a header, whose name is matched without regard to case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The path's segments, percent-decoded.
    var path: [String] {
        uri.prefix { $0 != "?" }.split(separator: "/").map { PercentCoding.decode($0) }
    }

    var queryItems: [(String, String)] {
        guard let mark = uri.firstIndex(of: "?") else {
            return []
        }
        return PercentCoding.form(uri[uri.index(after: mark)...])
    }

    func queryItem(_ name: String) -> String? {
        queryItems.first { $0.0 == name }?.1
    }
}

/// Percent-encoding and HTML form decoding.
enum PercentCoding {
    static func decode(_ text: Substring, plusIsSpace: Bool = false) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte == UInt8(ascii: "%"), index + 2 < bytes.count,
                let value = UInt8(String(decoding: bytes[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                decoded.append(value)
                index += 3
                continue
            }
            decoded.append(plusIsSpace && byte == UInt8(ascii: "+") ? 0x20 : byte)
            index += 1
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    static func form(_ text: Substring) -> [(String, String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? decode(parts[1], plusIsSpace: true) : ""
            return (decode(parts[0], plusIsSpace: true), value)
        }
    }
}
