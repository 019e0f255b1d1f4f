package import JSON

/// What an answer's body says went wrong, in any of the shapes that Salesforce and the proxies before it use.
///
/// Reading never fails: what cannot be understood is kept as the beginning of its text.
package struct ErrorBody: Hashable, Sendable {
    /// The errors in the order given; empty where the body names none.
    package var errors: [SalesforceError]
    /// Whether the body was one that Salesforce's API itself writes.
    package var isReadable: Bool
    /// Whether a web page says that the org is down for maintenance.
    package var isMaintenance: Bool
    /// The beginning of a body that could not be read; empty otherwise.
    package var text: String

    private init(errors: [SalesforceError] = [], isReadable: Bool, isMaintenance: Bool = false, text: String = "") {
        self.errors = errors
        self.isReadable = isReadable
        self.isMaintenance = isMaintenance
        self.text = text
    }

    /// Reads the body of an answer.
    package init(_ bytes: [UInt8]) {
        if let value = try? JSONValue.parse(bytes) {
            self.init(value)
        } else {
            self.init(text: String(decoding: bytes.prefix(Self.textBytesMax), as: UTF8.self))
        }
    }

    /// Reads a body that is JSON already, such as the one of a composite's part.
    package init(_ value: JSONValue) {
        switch value {
        case .array(let items):
            let paths = items.compactMap(\.stringValue)
            if !paths.isEmpty, paths.count == items.count {
                // The 300 answer: the paths of all records that match, which say nothing that may be shown.
                self.init(errors: [Self.multipleChoices(paths.count)], isReadable: true)
            } else {
                self.init(errors: items.flatMap(Self.errors), isReadable: true)
            }
        case .object:
            self.init(errors: Self.errors(in: value), isReadable: true)
        case .string(let text):
            self.init(text: text)
        case .null, .bool, .number:
            self.init(isReadable: false)
        }
    }

    private init(text: String) {
        let lowered = text.lowercased()
        if lowered.contains("<errors>") || (lowered.contains("<errorcode>") && !lowered.contains("<html")) {
            let errors = Self.errors(inXML: text)
            self.init(errors: errors, isReadable: !errors.isEmpty, text: errors.isEmpty ? Self.excerpt(text) : "")
        } else if lowered.contains("<html") || lowered.contains("<!doctype") || lowered.contains("<body") {
            let isMaintenance = lowered.contains("maintenance")
            self.init(isReadable: false, isMaintenance: isMaintenance, text: Self.excerpt(Self.withoutTags(text)))
        } else if lowered.contains("bad_oauth_token") {
            self.init(errors: [SalesforceError(code: "BAD_OAUTH_TOKEN", message: "Bad_OAuth_Token")], isReadable: true)
        } else {
            let isMaintenance = lowered.contains("down for maintenance")
            self.init(isReadable: false, isMaintenance: isMaintenance, text: Self.excerpt(text))
        }
    }

    private static let textBytesMax = 16_384

    private static func multipleChoices(_ count: Int) -> SalesforceError {
        SalesforceError(code: "MULTIPLE_CHOICES", message: "\(count) records match")
    }

    private static func excerpt(_ text: String) -> String {
        String(text.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(200))
    }
}

// MARK: JSON

extension ErrorBody {
    /// The errors that one JSON value holds: an error itself, an item or a composite's part with errors inside.
    private static func errors(in value: JSONValue) -> [SalesforceError] {
        guard case .object(let object) = value else { return [] }
        if let inner = object["errors"]?.arrayValue {
            return inner.flatMap(errors)
        }
        if let code = object["error"]?.stringValue {
            return [SalesforceError(code: code, message: object["error_description"]?.stringValue ?? "")]
        }
        if object["httpStatusCode"] != nil, let body = object["body"] {
            return ErrorBody(body).errors
        }
        let code = object["errorCode"] ?? object["statusCode"] ?? object["exceptionCode"]
        let message = object["message"] ?? object["exceptionMessage"]
        guard code?.stringValue != nil || message?.stringValue != nil else { return [] }
        return [
            SalesforceError(
                code: code?.stringValue,
                message: message?.stringValue ?? "",
                fields: (object["fields"]?.arrayValue ?? []).compactMap(\.stringValue)
            )
        ]
    }
}

// MARK: XML and HTML

extension ErrorBody {
    private static func errors(inXML text: String) -> [SalesforceError] {
        var errors: [SalesforceError] = []
        var rest = text[...]
        while let code = element("errorCode", in: rest) {
            // The message stands before or after the code, within the same <Error>.
            let end = rest[code.upperBound...].firstRange(of: "</Error>")?.upperBound ?? rest.endIndex
            let message = element("message", in: rest[..<end])
            errors.append(
                SalesforceError(code: String(rest[code]), message: message.map { unescaped(rest[$0]) } ?? "")
            )
            rest = rest[end...]
        }
        return errors
    }

    private static func element(_ name: String, in text: Substring) -> Range<Substring.Index>? {
        guard let opening = text.firstRange(of: "<\(name)>"),
            let closing = text[opening.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return opening.upperBound..<closing.lowerBound
    }

    private static func unescaped(_ text: Substring) -> String {
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
            .reduce(String(text)) { $0.replacing($1.0, with: $1.1) }
    }

    private static func withoutTags(_ text: String) -> String {
        var result = ""
        var isInTag = false
        for character in text {
            switch character {
            case "<": isInTag = true
            case ">":
                isInTag = false
                result.append(" ")
            default:
                if !isInTag { result.append(character) }
            }
        }
        return result
    }
}
