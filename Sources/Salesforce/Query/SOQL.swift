package import Consent

/// Builds lookups in Salesforce's query language, so that nothing a person typed can be read as part of the query.
package enum SOQL {
    /// Whether a text is the API name of a field, which is the only thing put into a statement unquoted.
    package static func isFieldName(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLetter(first), text.utf8.count <= 80 else { return false }
        return text.utf8.allSatisfy { isLetter($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
    }

    /// A text as a quoted literal.
    package static func literal(_ text: String) -> String {
        var result = "'"
        for scalar in text.unicodeScalars {
            switch scalar {
            case "'": result += "\\'"
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{8}": result += "\\b"
            case "\u{C}": result += "\\f"
            case "\u{0}"..<"\u{20}", "\u{7F}"..<"\u{A0}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16, uppercase: true)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "'"
    }

    /// A lookup of records by one field, the match field or `Id`.
    ///
    /// All names must be field names and all values literals; at least one is asked for.
    package static func lookup(
        _ kind: RecordKind,
        select fields: [String],
        where field: String,
        isOneOf literals: [String]
    ) -> String {
        "SELECT \(fields.joined(separator: ", ")) FROM \(kind.rawValue)"
            + " WHERE \(field) IN (\(literals.joined(separator: ",")))"
    }

    /// A text percent-encoded for the value of a URL's query.
    package static func percentEncoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count * 2)
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte)
    }
}
