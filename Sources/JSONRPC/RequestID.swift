package import JSON

/// The id of a call, kept and echoed byte for byte: `1.0`, `-0` and `1e2` come back as they were sent.
package struct RequestID: Sendable {
    /// The most bytes an id may have as written, quotes included.
    package static let byteCountMax = 128

    /// The id as written: a JSON string, a number or null.
    ///
    /// Up to 15 bytes of it need no allocation.
    package let text: String

    /// The id that a response bears where the request's own is not known.
    package static let null = RequestID(text: "null")

    private init(text: String) {
        self.text = text
    }

    /// Takes the text of an id that was read before, such as one kept with a call.
    package init(echoing text: String) {
        self.text = text
    }

    /// Takes the id from a value, nil where the value is of another kind or too long.
    package init?(_ document: borrowing JSONDocument, _ node: JSONNode) {
        switch document.kind(node) {
        case .string, .number, .null: break
        case .object, .array, .bool: return nil
        }
        let bytes = document.rawBytes(node)
        guard bytes.count <= Self.byteCountMax else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
    }
}

extension RequestID: Hashable {
    // By bytes: `String` takes two normal forms of one letter for the same.

    /// True for the same bytes.
    package static func == (one: RequestID, other: RequestID) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8)
    }

    /// Feeds the bytes to a hasher.
    package func hash(into hasher: inout Hasher) {
        for byte in text.utf8 {
            hasher.combine(byte)
        }
    }
}

extension RequestID: JSONEncodable {
    /// Writes the id as it was sent.
    package func write(to writer: inout JSONWriter) {
        writer.raw(text)
    }
}
