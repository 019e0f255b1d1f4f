/// One object of the org: its name, key prefix and fields.
package struct ObjectType: Sendable {
    /// The API name.
    package let name: String
    /// The name for people.
    package let label: String
    /// The name of several for people.
    package let labelPlural: String
    /// The first three characters of its ids.
    package let keyPrefix: String
    /// The columns in the order of `describe`.
    package private(set) var fields: [Field]
    /// Every name as it is written and in lower case.
    private var indexByName: [String: Int]

    init(_ name: String, plural: String, keyPrefix: String, fields: [Field]) {
        self.name = name
        self.label = name
        self.labelPlural = plural
        self.keyPrefix = keyPrefix
        self.fields = fields
        indexByName = [:]
        for (index, field) in fields.enumerated() {
            indexByName[field.name] = index
            indexByName[field.name.lowercased()] = index
        }
    }

    /// Finds a field by its name, whose case does not matter.
    package func field(_ name: String) -> Field? {
        (indexByName[name] ?? indexByName[name.lowercased()]).map { fields[$0] }
    }

    /// Adds a field, or replaces the one of the same name.
    package mutating func put(_ field: Field) {
        if let index = indexByName[field.name.lowercased()] {
            fields[index] = field
        } else {
            indexByName[field.name] = fields.count
            indexByName[field.name.lowercased()] = fields.count
            fields.append(field)
        }
    }

    /// Changes a field in place, for instance hides it; does nothing when there is no such field.
    package mutating func change(_ name: String, _ change: (inout Field) -> Void) {
        guard let index = indexByName[name.lowercased()] else {
            return
        }
        change(&fields[index])
    }
}
