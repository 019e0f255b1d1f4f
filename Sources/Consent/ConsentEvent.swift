/// One consent event of the platform, reduced to what consentd acts on.
///
/// It is a partial update: what it does not carry is unchanged, never refused.
package struct ConsentEvent: Hashable, Sendable {
    /// The platform's id of the event; nil when the caller gave none.
    package var id: String?
    /// When the person chose; nil when the caller gave none, which means the moment of acceptance.
    package var createdAt: Timestamp?
    package var status: Status
    /// The regulation the choice was made under; `gdpr` when the event names none.
    package var regulation: String
    package var organizationUserID: String
    package var choices: [SourceChoice]
    /// The scalar members that an `event-field` mapping may name, without `id`, `created_at`, `regulation`,
    /// `status` and `organization_user_id`, which are members of their own.
    package var details: [EventDetail]

    // Inlinable, since a call would copy what it makes, once for every event.
    @inlinable
    package init(
        id: String?,
        createdAt: Timestamp?,
        status: Status = .confirmed,
        regulation: String = ConsentEvent.defaultRegulation,
        organizationUserID: String,
        choices: [SourceChoice],
        details: [EventDetail] = []
    ) {
        self.id = id
        self.createdAt = createdAt
        self.status = status
        self.regulation = regulation
        self.organizationUserID = organizationUserID
        self.choices = choices
        self.details = details
    }

    /// What an event without a regulation was made under.
    package static let defaultRegulation = "gdpr"

    /// The longest `organization_user_id`, in bytes of UTF-8.
    package static let organizationUserIDBytesMax = 1_024

    /// Whether the choice stands or still waits for a second confirmation.
    package enum Status: String, Hashable, Sendable {
        case confirmed
        case pendingApproval = "pending_approval"
    }
}

/// A choice and the purpose, preference or channel it was made for.
package struct SourceChoice: Hashable, Sendable {
    package var source: Source
    package var id: String
    package var choice: Choice

    package init(source: Source, id: String, choice: Choice) {
        self.source = source
        self.id = id
        self.choice = choice
    }

    /// What kind of thing the id names.
    package enum Source: UInt8, Hashable, Sendable {
        case purpose = 1
        case preference = 2
        case channel = 3
        /// A member of the short form's `preferences`, which may name a purpose or a preference.
        case purposeOrPreference = 4

        package var isPurpose: Bool { self == .purpose || self == .purposeOrPreference }

        package var isPreference: Bool { self == .preference || self == .purposeOrPreference }
    }
}

/// A scalar member of an event that an `event-field` mapping can copy.
package struct EventDetail: Hashable, Sendable {
    package var name: Name
    package var text: String

    package init(name: Name, text: String) {
        self.name = name
        self.text = text
    }

    /// The members that can be copied, by their path in the event.
    package enum Name: String, CaseIterable, Hashable, Sendable {
        case updatedAt = "updated_at"
        case organizationID = "organization_id"
        case domain
        case userID = "user.id"
        case userCountry = "user.country"
        case userLastSeenCountry = "user.last_seen_country"
        case delegateID = "delegate.id"
        case delegateName = "delegate.name"
    }
}
