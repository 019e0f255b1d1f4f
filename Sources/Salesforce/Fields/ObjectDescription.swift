package import JSON

/// What Salesforce says of one kind of record to the user that the credentials stand for.
package struct ObjectDescription: Hashable, Sendable {
    /// The fields that the user may see, by lower-cased name.
    private var fields: [String: FieldDescription]
    /// Whether the user may make new records at all.
    package var isCreateable: Bool
    /// Whether the user may change records at all.
    package var isUpdateable: Bool

    package init(_ fields: [FieldDescription], isCreateable: Bool = true, isUpdateable: Bool = true) {
        self.isCreateable = isCreateable
        self.isUpdateable = isUpdateable
        self.fields = Dictionary(fields.map { ($0.name.lowercased(), $0) }) { first, _ in first }
    }

    /// Reads the answer to a describe; nil when it is none.
    package init?(_ value: JSONValue) {
        guard let fields = value["fields"]?.arrayValue else { return nil }
        self.init(
            fields.compactMap(FieldDescription.init),
            isCreateable: value["createable"]?.boolValue ?? true,
            isUpdateable: value["updateable"]?.boolValue ?? true
        )
    }

    /// The field of this name, in any case; nil when it is missing or hidden.
    package subscript(name: String) -> FieldDescription? {
        fields[name.lowercased()]
    }

    /// The fields that a new record must have and that nothing fills by itself, in the order of their names.
    package var requiredOnCreate: [FieldDescription] {
        fields.values
            .filter { $0.isCreateable && !$0.isNillable && !$0.isDefaultedOnCreate && $0.shape != .checkbox }
            .sorted { $0.name < $1.name }
    }
}
