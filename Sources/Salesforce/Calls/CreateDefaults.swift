package import Consent

/// The fields of a new record that no consent event carries.
package enum CreateDefaults {
    /// What stands where nothing is configured.
    package static let notProvided = "[not provided]"

    /// The fields that Salesforce demands of a new record and that nothing fills by itself.
    package static func requiredFields(of kind: RecordKind) -> [String] {
        switch kind {
        case .account: ["Name"]
        case .contact: ["LastName"]
        case .lead: ["LastName", "Company"]
        }
    }

    /// The Account that new Contacts come under; nil where none is configured.
    package static func parentID(of configuration: Configuration) -> String? {
        guard configuration.recordKind == .contact,
            case .string(let id) = configuration.createDefaults.first(where: { $0.key.lowercased() == "accountid" })?
                .value
        else { return nil }
        return id
    }

    /// The configured defaults, and those that Salesforce demands, in a fixed order.
    package static func entries(for configuration: Configuration) -> [FieldEntry] {
        let configured = configuration.createDefaults.sorted { $0.key < $1.key }
            .map { FieldEntry(field: $0.key, value: $0.value) }
        let names = Set(configured.map { $0.field.lowercased() })
        let missing = requiredFields(of: configuration.recordKind).filter { !names.contains($0.lowercased()) }
        return missing.map { FieldEntry(field: $0, value: .string(notProvided)) } + configured
    }
}
