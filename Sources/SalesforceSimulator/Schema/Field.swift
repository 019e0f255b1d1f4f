import JSON

/// One column of an object as `describe` shows it.
package struct Field: Sendable {
    /// The API name.
    package var name: String
    /// The name that error messages show.
    package var label: String
    /// The type as `describe` names it.
    package var type: Kind
    /// The most characters a text may have; 0 where length means nothing.
    package var length: Int
    /// Whether a create without a value fails.
    package var isRequiredOnCreate = false
    /// Whether a create may set it.
    package var isCreateable = true
    /// Whether an update may set it.
    package var isUpdateable = true
    /// Whether the caller may see it; an invisible field is missing from `describe`.
    package var isVisible = true
    /// Whether upserts may go by it.
    package var isIDLookup = false
    /// Whether it is an external id, which upserts may go by.
    package var isExternalID = false
    /// Whether two records may not share a value, in any case.
    package var isUnique = false
    /// Whether values outside the picklist fail.
    package var isRestrictedPicklist = false
    /// The values of a picklist.
    package var picklistValues: [String] = []
    /// The object that a reference points to.
    package var referenceTo: String?
    /// The name that SOQL paths reach the referenced record by.
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
