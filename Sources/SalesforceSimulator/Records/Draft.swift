import JSON

/// A record as a caller sent it, its field names found and its values of the right shape.
struct Draft: Sendable {
    var type: ObjectType
    var id: String?
    var fields: [(field: Field, value: JSONValue)] = []

    /// Reads a record.
    ///
    /// - Parameter keyField: the field of an upsert, whose value is not a change.
    /// - Throws: INVALID_FIELD and JSON_PARSER_ERROR, which Salesforce finds before it looks at any record.
    init(_ value: JSONValue, type: ObjectType, keyField: Field? = nil) throws(APIError) {
        self.type = type
        guard let members = value.objectValue else {
            throw .jsonParser("Cannot deserialize instance of sobject from \(Self.token(value))")
        }
        for (name, value) in members where name != "attributes" {
            if name.lowercased() == "id" {
                id = value.stringValue
                continue
            }
            guard let field = type.field(name) else {
                throw .invalidField("No such column '\(name)' on sobject of type \(type.name)")
            }
            fields.append((field, try Self.shaped(value, field)))
        }
        if let keyField {
            fields.removeAll { $0.field.name == keyField.name }
        }
    }

    private static func shaped(_ value: JSONValue, _ field: Field) throws(APIError) -> JSONValue {
        switch (value, field.type) {
        case (.null, _), (.bool, .boolean):
            return value
        case (.object, _), (.array, _), (.bool, _), (_, .boolean):
            throw mismatch(value, field)
        case (.number, .int), (.number, .double):
            return value
        case (.string(let text), .int), (.string(let text), .double):
            guard Double(text) != nil else {
                throw mismatch(value, field)
            }
            return .number(text)
        case (.string(let text), .date):
            guard let (_, hasClock) = OrgTime.parse(text), !hasClock else {
                throw mismatch(value, field)
            }
            return value
        case (.string(let text), .datetime):
            guard let (time, _) = OrgTime.parse(text) else {
                throw mismatch(value, field)
            }
            return .string(time.dateTimeText)
        case (.number, .date), (.number, .datetime):
            throw mismatch(value, field)
        case (.number(let text), _):
            return .string(text)
        case (.string, _):
            return value
        }
    }

    private static func mismatch(_ value: JSONValue, _ field: Field) -> APIError {
        let wanted = field.type == .boolean || field.type == .date || field.type == .datetime || field.type == .int
        let type = wanted || field.type == .double ? field.type.rawValue : "string"
        return .jsonParser(
            "Cannot deserialize instance of \(type) from \(token(value)) or request may be missing a required field "
                + "at [line:1, column:1]"
        )
    }

    private static func token(_ value: JSONValue) -> String {
        switch value {
        case .null: "VALUE_NULL value null"
        case .bool(let flag): flag ? "VALUE_TRUE value true" : "VALUE_FALSE value false"
        case .number(let text): "VALUE_NUMBER_INT value \(text)"
        case .string(let text): "VALUE_STRING value \(text)"
        case .array: "START_ARRAY value ["
        case .object: "START_OBJECT value {"
        }
    }
}
