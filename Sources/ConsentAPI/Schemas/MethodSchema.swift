package import JSON

/// What a method takes and gives, as JSON Schema: the part of the OpenRPC document that is the method's own.
package struct MethodSchema: Sendable {
    /// One line for a list of methods.
    package var summary: String
    package var params: [Parameter]
    package var result: JSONValue
    /// The name of the notifications that come before the answer, with the schema of their parameters.
    package var notification: (name: String, params: JSONValue)?

    /// A parameter by name.
    package struct Parameter: Sendable {
        package var name: String
        package var isRequired: Bool
        package var schema: JSONValue
    }

    init(
        _ summary: String,
        params: [Parameter] = [],
        result: JSONValue,
        notification: (name: String, params: JSONValue)? = nil
    ) {
        self.summary = summary
        self.params = params
        self.result = result
        self.notification = notification
    }
}

extension MethodSchema.Parameter {
    static func required(_ name: String, _ schema: JSONValue) -> Self {
        Self(name: name, isRequired: true, schema: schema)
    }

    static func optional(_ name: String, _ schema: JSONValue) -> Self {
        Self(name: name, isRequired: false, schema: schema)
    }
}

/// Builders of JSON Schema.
enum Schema {
    static let string: JSONValue = ["type": "string"]
    static let integer: JSONValue = ["type": "integer"]
    static let boolean: JSONValue = ["type": "boolean"]
    static let time: JSONValue = ["type": "string", "format": "date-time"]
    static let empty: JSONValue = ["type": "object", "maxProperties": 0]

    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/components/schemas/" + name)] }

    static func array(of items: JSONValue) -> JSONValue { ["type": "array", "items": items] }

    static func choice(_ values: [String]) -> JSONValue {
        ["type": "string", "enum": .array(values.map { .string($0) })]
    }

    static func integer(_ range: ClosedRange<Int>) -> JSONValue {
        ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
    }

    /// An object whose members ending in `?` may be absent.
    static func object(_ members: [(name: String, schema: JSONValue)]) -> JSONValue {
        var properties = JSONObject()
        var required: [JSONValue] = []
        for member in members {
            let isOptional = member.name.hasSuffix("?")
            let name = isOptional ? String(member.name.dropLast()) : member.name
            properties[name] = member.schema
            if !isOptional { required.append(.string(name)) }
        }
        var schema: JSONValue = ["type": "object", "properties": .object(properties)]
        if !required.isEmpty { schema["required"] = .array(required) }
        return schema
    }
}
