package import Consent

/// Turns a person's choice into the value that a Salesforce field of a known type takes.
package enum FieldShape {
    /// The value of a choice for its field.
    ///
    /// Without a description booleans and strings are sent as they are. A cleared choice is null, and for a checkbox, which
    /// knows no null, what a denied one is.
    package static func render(
        _ entry: FieldChoice,
        for field: FieldDescription?
    ) throws(ShapeError) -> FieldValue {
        guard let field else { return entry.mapping.fieldValue(for: entry.choice) }
        let mapping = entry.mapping
        switch entry.choice {
        case .granted:
            return try value(mapping.values["true"] ?? .bool(!mapping.isInverted), for: field)
        case .denied:
            return try value(mapping.values["false"] ?? .bool(mapping.isInverted), for: field)
        case .cleared:
            if let mapped = mapping.values[""] { return try value(mapped, for: field) }
            return field.shape == .checkbox ? .bool(mapping.isInverted) : .null
        case .text(let text):
            if let mapped = mapping.values[text] { return try value(mapped, for: field) }
            return try value(.string(text), for: field, isInverted: mapping.isInverted && mapping.type != .constant)
        case .list(let items):
            return try list(items.map { item in mapping.values[item].map(text) ?? item }, for: field)
        }
    }

    /// A value in the shape of its field, where it has one there.
    package static func value(
        _ value: FieldValue,
        for field: FieldDescription,
        isInverted: Bool = false
    ) throws(ShapeError) -> FieldValue {
        if value == .null { return field.shape == .checkbox ? .bool(false) : .null }
        switch field.shape {
        case .checkbox:
            guard let flag = flag(value) else { throw ShapeError(field: field.name, typeName: field.typeName) }
            return .bool(flag != isInverted)
        case .picklist, .multipicklist, .text:
            return .string(text(value))
        case .date:
            guard case .string(let text) = value, let date = date(text) else {
                throw ShapeError(field: field.name, typeName: field.typeName)
            }
            return .string(date)
        case .dateTime:
            guard case .string(let text) = value, let moment = moment(text) else {
                throw ShapeError(field: field.name, typeName: field.typeName)
            }
            return .string(moment.rfc3339)
        case .number:
            guard let number = number(value) else { throw ShapeError(field: field.name, typeName: field.typeName) }
            return .number(number)
        }
    }

    private static func list(_ items: [String], for field: FieldDescription) throws(ShapeError) -> FieldValue {
        switch field.shape {
        case .multipicklist: .string(items.joined(separator: ";"))
        // As the event carried them.
        case .text, .picklist: .string(items.joined(separator: ","))
        case .checkbox, .date, .dateTime, .number:
            throw ShapeError(field: field.name, typeName: field.typeName)
        }
    }

    private static func text(_ value: FieldValue) -> String {
        switch value {
        case .null: ""
        case .bool(let flag): flag ? "true" : "false"
        case .string(let text), .number(let text): text
        }
    }

    private static func flag(_ value: FieldValue) -> Bool? {
        switch value {
        case .bool(let flag): flag
        case .string(let text), .number(let text):
            switch text.lowercased() {
            case "true", "1", "yes": true
            case "false", "0", "no": false
            default: nil
            }
        case .null: nil
        }
    }

    private static func number(_ value: FieldValue) -> String? {
        switch value {
        case .bool(let flag): flag ? "1" : "0"
        case .string(let text), .number(let text): isNumber(text) ? text : nil
        case .null: nil
        }
    }

    /// Whether a text is a number as JSON writes it.
    static func isNumber(_ text: String) -> Bool {
        text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil
    }

    private static func date(_ text: String) -> String? {
        if text.utf8.count == 10 { return Timestamp(rfc3339: text + "T00:00:00Z").map { _ in text } }
        return Timestamp(rfc3339: text).map { String($0.rfc3339.prefix(10)) }
    }

    private static func moment(_ text: String) -> Timestamp? {
        Timestamp(rfc3339: text.utf8.count == 10 ? text + "T00:00:00Z" : text)
    }
}
