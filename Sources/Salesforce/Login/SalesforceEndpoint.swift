/// The addresses that credentials and personal data may be sent to.
package enum SalesforceEndpoint {
    /// Reduces what an administrator typed to an origin, such as `https://acme.my.salesforce.com`.
    ///
    /// A trailing slash, `/services/oauth2/token` and anything under `/services/data` are taken off. With `allowInsecure`
    /// plain HTTP and any host are taken too.
    package static func normalise(_ text: String, allowInsecure: Bool) throws(InvalidEndpoint) -> String {
        guard text.utf8.count <= bytesMax else { throw .tooLong(limit: bytesMax) }
        guard let separator = text.firstRange(of: "://") else { throw .noURL }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard scheme == "https" || (scheme == "http" && allowInsecure) else { throw .notHTTPS }
        let rest = text[separator.upperBound...]
        guard !rest.contains("?"), !rest.contains("#") else { throw .queryOrFragment }
        let authority = rest.prefix { $0 != "/" }
        guard !authority.contains("@") else { throw .userInformation }
        guard isKnownPath(rest[authority.endIndex...]) else { throw .otherPath }
        let (host, port) = try split(authority)
        guard allowInsecure || isSalesforceDomain(host) else { throw .otherDomain }
        let isDefaultPort = port == nil || port == (scheme == "https" ? 443 : 80)
        guard allowInsecure || isDefaultPort else { throw .otherPort }
        return "\(scheme)://\(host)" + (isDefaultPort ? "" : port.map { ":\($0)" } ?? "")
    }

    /// Whether a host, in lower case, belongs to Salesforce.
    package static func isSalesforceDomain(_ host: String) -> Bool {
        domains.contains { host.hasSuffix("." + $0) }
    }

    private static let domains = [
        "salesforce.com", "force.com", "cloudforce.com", "database.com", "salesforce.mil", "crmforce.mil",
        "sfcrmproducts.cn", "sfcrmapps.cn",
    ]

    private static let bytesMax = 2_048

    private static func isKnownPath(_ path: Substring) -> Bool {
        var path = path
        while path.last == "/" { path = path.dropLast() }
        return path.isEmpty || path == "/services/oauth2/token" || path == "/services/data"
            || (path.hasPrefix("/services/data/") && !path.contains("..") && path.allSatisfy(isPlain))
    }

    private static func isPlain(_ character: Character) -> Bool {
        character.isASCII && !character.isWhitespace && character != "\\"
    }

    private static func split(_ authority: Substring) throws(InvalidEndpoint) -> (host: String, port: Int?) {
        var host = authority
        var port: Int?
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            guard let number = UInt16(digits), number > 0 else { throw .badHost }
            port = Int(number)
        }
        if host.first == "[", host.last == "]" {
            let address = host.dropFirst().dropLast()
            guard !address.isEmpty, address.allSatisfy({ $0.isASCII && ($0.isHexDigit || $0 == ":" || $0 == ".") })
            else { throw .badHost }
            return (host.lowercased(), port)
        }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, labels.allSatisfy(isLabel) else { throw .badHost }
        return (host.lowercased(), port)
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

/// Why an address is not one to send credentials to.
package enum InvalidEndpoint: Error, Hashable, Sendable {
    case noURL
    case notHTTPS
    case userInformation
    case queryOrFragment
    case otherPath
    case otherDomain
    case otherPort
    case badHost
    case tooLong(limit: Int)
}

extension InvalidEndpoint: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noURL: "must be a URL such as https://acme.my.salesforce.com"
        case .notHTTPS: "must begin with https://"
        case .userInformation: "must not hold a user name or password"
        case .queryOrFragment: "must not hold a query or fragment"
        case .otherPath: "must be the address of the org alone, or end in /services/oauth2/token or /services/data"
        case .otherDomain: "must be the org's My Domain on salesforce.com"
        case .otherPort: "must not name a port"
        case .badHost: "must name a valid host"
        case .tooLong(let limit): "must be at most \(limit) bytes"
        }
    }
}
