import JSON

/// What Salesforce says of one field, as far as it matters for writing it.
package struct FieldDescription: Hashable, Sendable {
    package var name: String
    package var shape: Shape
    /// Salesforce's own name of the type, such as `multipicklist`.
    package var typeName: String
    package var length: Int
    package var isCreateable: Bool
    package var isUpdateable: Bool
    package var isNillable: Bool
    package var isDefaultedOnCreate: Bool
    package var isUnique: Bool
    package var isCaseSensitive: Bool
    package var isRestrictedPicklist: Bool
    /// Whether a query may ask for the field's values.
    package var isFilterable: Bool
    /// The active values of a picklist.
    package var picklistValues: [String]

    package init(
        name: String,
        typeName: String,
        length: Int = 0,
        isCreateable: Bool = true,
        isUpdateable: Bool = true,
        isNillable: Bool = true,
        isDefaultedOnCreate: Bool = false,
        isUnique: Bool = false,
        isCaseSensitive: Bool = false,
        isRestrictedPicklist: Bool = false,
        isFilterable: Bool = true,
        picklistValues: [String] = []
    ) {
        self.name = name
        shape = Shape(typeName: typeName)
        self.typeName = typeName
        self.length = length
        self.isCreateable = isCreateable
        self.isUpdateable = isUpdateable
        self.isNillable = isNillable
        self.isDefaultedOnCreate = isDefaultedOnCreate
        self.isUnique = isUnique
        self.isCaseSensitive = isCaseSensitive
        self.isRestrictedPicklist = isRestrictedPicklist
        self.isFilterable = isFilterable
        self.picklistValues = picklistValues
    }

    /// Reads one of a description's `fields`; nil without name or type.
    init?(_ value: JSONValue) {
        guard let name = value["name"]?.stringValue, let typeName = value["type"]?.stringValue else { return nil }
        func flag(_ member: String, default fallback: Bool) -> Bool { value[member]?.boolValue ?? fallback }
        self.init(
            name: name,
            typeName: typeName,
            length: value["length"]?.intValue ?? 0,
            isCreateable: flag("createable", default: true),
            isUpdateable: flag("updateable", default: true),
            isNillable: flag("nillable", default: true),
            isDefaultedOnCreate: flag("defaultedOnCreate", default: false),
            isUnique: flag("unique", default: false),
            isCaseSensitive: flag("caseSensitive", default: false),
            isRestrictedPicklist: flag("restrictedPicklist", default: false),
            isFilterable: flag("filterable", default: true),
            picklistValues: (value["picklistValues"]?.arrayValue ?? [])
                .filter { $0["active"]?.boolValue != false }.compactMap { $0["value"]?.stringValue }
        )
    }

    /// The shapes that a value can take.
    package enum Shape: Hashable, Sendable {
        case checkbox
        case picklist
        case multipicklist
        case text
        case date
        case dateTime
        case number

        /// The shape of a type by Salesforce's name of it; whatever is not known takes text.
        package init(typeName: String) {
            self =
                switch typeName.lowercased() {
                case "boolean": .checkbox
                case "picklist", "combobox": .picklist
                case "multipicklist": .multipicklist
                case "date": .date
                case "datetime": .dateTime
                case "int", "double", "currency", "percent", "long": .number
                default: .text
                }
        }
    }
}
