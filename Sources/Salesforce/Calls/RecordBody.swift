package import Consent
import JSON

/// Writes the body of a collections call, record by record.
package struct RecordBody: Sendable {
    private var writer: JSONWriter
    private let kind: RecordKind
    /// Records written so far.
    package private(set) var count = 0

    /// Starts a body for records of one kind.
    package init(_ kind: RecordKind, recordCount: Int) {
        self.kind = kind
        writer = JSONWriter(capacity: 64 + recordCount * 160)
        writer.beginObject()
        writer.key("allOrNone")
        writer.bool(false)
        writer.key("records")
        writer.beginArray()
    }

    /// Adds a record; of two fields with one name in any case the later value stays.
    package mutating func add(id: String?, _ fields: [FieldEntry]) {
        writer.beginObject()
        writer.key("attributes")
        writer.beginObject()
        writer.key("type")
        writer.string(kind.rawValue)
        writer.endObject()
        if let id {
            writer.key("id")
            writer.string(id)
        }
        for (index, entry) in fields.enumerated() where !Self.isRepeated(entry.field, in: fields[(index + 1)...]) {
            writer.key(entry.field)
            write(entry.value)
        }
        writer.endObject()
        count += 1
    }

    /// Ends the body and hands it over.
    package consuming func finish() -> [UInt8] {
        writer.endArray()
        writer.endObject()
        return writer.take()
    }

    private mutating func write(_ value: FieldValue) {
        switch value {
        case .null: writer.null()
        case .bool(let flag): writer.bool(flag)
        case .string(let text): writer.string(text)
        // What is no number would break the whole body.
        case .number(let text): FieldShape.isNumber(text) ? writer.raw(text) : writer.string(text)
        }
    }

    private static func isRepeated(_ field: String, in later: ArraySlice<FieldEntry>) -> Bool {
        later.contains { $0.field.utf8.count == field.utf8.count && $0.field.lowercased() == field.lowercased() }
    }
}
