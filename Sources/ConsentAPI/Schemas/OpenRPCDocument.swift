package import JSON

/// The protocol as an OpenRPC document, made of what every method says of itself.
package struct OpenRPCDocument: Sendable {
    package static let specificationVersion = "1.2.6"

    private var methods: [(name: String, value: JSONValue)] = []
    private let version: String

    package init(version: String) {
        self.version = version
    }

    /// Adds a method.
    package mutating func add(_ name: String, _ access: Access, positional: Bool, _ schema: MethodSchema) {
        var params = schema.params.map { Self.descriptor($0.name, $0.schema, isRequired: $0.isRequired) }
        params.append(Self.descriptor("_meta", Schema.reference("CallMetadata"), isRequired: false))
        var method: JSONValue = [
            "name": .string(name),
            "summary": .string(schema.summary),
            "paramStructure": positional ? "either" : "by-name",
            "params": .array(params),
            "result": Self.descriptor("result", schema.result, isRequired: true),
            "x-access": .string(access.rawValue),
        ]
        if let notification = schema.notification {
            method["x-notification"] = ["name": .string(notification.name), "params": notification.params]
        }
        methods.append((name, method))
    }

    /// The document with its methods in the order of their names.
    package var value: JSONValue {
        let info: JSONValue = [
            "title": "consentd",
            "description": "Takes consent events in durably and writes them to Salesforce.",
            "version": .string(version),
        ]
        return [
            "openrpc": .string(Self.specificationVersion),
            "info": info,
            "methods": .array(methods.sorted { $0.name < $1.name }.map(\.value)),
            "components": ["schemas": .object(JSONObject(Schema.shared.map { ($0.name, $0.schema) }))],
        ]
    }

    private static func descriptor(_ name: String, _ schema: JSONValue, isRequired: Bool) -> JSONValue {
        ["name": .string(name), "required": .bool(isRequired), "schema": schema]
    }
}
