import JSON

/// One column of an object as `describe` shows it.
package struct Field: Sendable {
    package var name: String
    package var label: String
    package var type: Kind
    /// The most characters a text may have; 0 where length means nothing.
    package var length: Int
    package var isRequiredOnCreate = false
    package var isCreateable = true
    package var isUpdateable = true
    package var isVisible = true
    package var isIDLookup = false
    package var isExternalID = false
    package var isUnique = false
    package var isRestrictedPicklist = false
    package var picklistValues: [String] = []
    package var referenceTo: String?
    package var relationshipName: String?

    /// The field types this org knows, spelled as `describe` spells them.
    package enum Kind: String, Sendable {
        case boolean
        case date
        case datetime
        case double
        case email
        case id
        case int
        case multipicklist
        case phone
        case picklist
        case reference
        case string
        case textarea
        case url
    }

    init(_ name: String, _ label: String, _ type: Kind, _ length: Int = 0) {
        self.name = name
        self.label = label
        self.type = type
        self.length = length
    }

    var isCustom: Bool {
        name.hasSuffix("__c")
    }

    var isIndexed: Bool {
        isIDLookup || isExternalID || isUnique || type == .reference
    }

    /// What a row holds before anything was written.
    var emptyValue: JSONValue {
        type == .boolean ? .bool(false) : .null
    }

    func with(_ change: (inout Field) -> Void) -> Field {
        var copy = self
        change(&copy)
        return copy
    }

    var readOnly: Field {
        with {
            $0.isCreateable = false
            $0.isUpdateable = false
        }
    }

    var required: Field {
        with { $0.isRequiredOnCreate = true }
    }
}
