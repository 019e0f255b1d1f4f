/// What an administrator set up: one org, one kind of record, and the fields that follow which choices.
package struct Configuration: Hashable, Sendable {
    package var id: ConfigurationID
    package var name: String
    /// The origin of the org's My Domain, such as `https://acme.my.salesforce.com`.
    package var origin: String
    package var clientID: String
    package var clientSecret: Secret
    package var recordKind: RecordKind
    /// The field that `organization_user_id` is compared with.
    package var matchField: String
    package var onMultipleMatches: MultipleMatches
    /// Values for a record that is created, never written onto one that exists.
    package var createDefaults: [String: FieldValue]
    /// Whether new records are saved where a duplicate rule would only warn; a rule that blocks still blocks.
    package var allowsDuplicates: Bool
    /// The REST API version, such as `v62.0`.
    package var apiVersion: String
    package var mappings: [Mapping]
    /// Whether a person without a record gets one.
    package var upsertMode: Bool
    package var regulations: [String]
    package var isPaused: Bool
    /// Counts changes from 1; an update names the revision it was made from.
    package var revision: UInt64
    package var createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: ConfigurationID,
        name: String,
        origin: String,
        clientID: String,
        clientSecret: Secret,
        recordKind: RecordKind,
        matchField: String,
        onMultipleMatches: MultipleMatches = .updateAll,
        createDefaults: [String: FieldValue] = [:],
        allowsDuplicates: Bool = false,
        apiVersion: String = Configuration.defaultAPIVersion,
        mappings: [Mapping],
        upsertMode: Bool = false,
        regulations: [String] = [ConsentEvent.defaultRegulation],
        isPaused: Bool = false,
        revision: UInt64 = 1,
        createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.origin = origin
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.recordKind = recordKind
        self.matchField = matchField
        self.onMultipleMatches = onMultipleMatches
        self.createDefaults = createDefaults
        self.allowsDuplicates = allowsDuplicates
        self.apiVersion = apiVersion
        self.mappings = mappings
        self.upsertMode = upsertMode
        self.regulations = regulations
        self.isPaused = isPaused
        self.revision = revision
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Summer '24 is the first version with `updateOnly`; v62.0 is what the documented example names.
    package static let defaultAPIVersion = "v62.0"

    /// The only integration that there is.
    package static let typeID = "sf-sales-cloud"
}

/// The kinds of Salesforce record that take consents.
package enum RecordKind: String, CaseIterable, Hashable, Sendable {
    case account = "Account"
    case contact = "Contact"
    case lead = "Lead"

    /// The field that a person's id is compared with where the configuration names none; an Account has no safe one.
    package var defaultMatchField: String? {
        switch self {
        case .account: nil
        case .contact, .lead: "Email"
        }
    }

    /// The first three characters of every id of this kind.
    package var idPrefix: String {
        switch self {
        case .account: "001"
        case .contact: "003"
        case .lead: "00Q"
        }
    }
}

/// What to do when a person has several records.
package enum MultipleMatches: String, CaseIterable, Hashable, Sendable {
    /// Update every one, the choice that protects the person.
    case updateAll = "update_all"
    /// Update none and report the delivery as failed.
    case reject
}
