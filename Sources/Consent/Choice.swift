/// What a person chose, in the sense of consent, before a configuration turns it into a field's value.
package enum Choice: Hashable, Sendable {
    case granted
    case denied
    /// A choice that was made before and is taken back; it clears the field.
    case cleared
    case text(String)
    case list([String])

    /// Whether this choice takes something away; it wins a tie and goes out first.
    package var isRestrictive: Bool {
        switch self {
        case .denied, .cleared: true
        case .granted, .text, .list: false
        }
    }

    /// Whether a preference with this value has the value id chosen.
    package func contains(_ valueID: String) -> Bool {
        switch self {
        case .text(let text): text.hasSameBytes(as: valueID)
        case .list(let list): list.contains { $0.hasSameBytes(as: valueID) }
        case .granted, .denied, .cleared: false
        }
    }

    /// The choice in a preference's text: a comma-separated list, a single value, or nothing (cleared).
    package init(preferenceText text: String) {
        guard text.utf8.contains(UInt8(ascii: ",")) else {
            self = text.isEmpty ? .cleared : .text(text)
            return
        }
        // By bytes: looking for characters takes ten times as long.
        let items = text.utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) }
        self = items.isEmpty ? .cleared : items.count == 1 ? .text(items[0]) : .list(items)
    }
}

/// A value as Salesforce takes it for a field.
package enum FieldValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case string(String)
    /// A number as written in the configuration.
    case number(String)
}

/// Where a choice ranks among others for the same field: the greater one wins.
///
/// The order is total over different events, so a merge is commutative, associative and idempotent.
package struct ChoiceVersion: Hashable, Comparable, Sendable {
    // In an order that leaves no gaps: there are millions of these.
    package var eventID: String
    package var createdAt: Timestamp
    package var isRestrictive: Bool

    package init(createdAt: Timestamp, isRestrictive: Bool, eventID: String) {
        self.createdAt = createdAt
        self.isRestrictive = isRestrictive
        self.eventID = eventID
    }

    package static func == (left: ChoiceVersion, right: ChoiceVersion) -> Bool {
        left.createdAt == right.createdAt && left.isRestrictive == right.isRestrictive
            && left.eventID.hasSameBytes(as: right.eventID)
    }

    package static func < (left: ChoiceVersion, right: ChoiceVersion) -> Bool {
        if left.createdAt != right.createdAt { return left.createdAt < right.createdAt }
        if left.isRestrictive != right.isRestrictive { return right.isRestrictive }
        return left.eventID.utf8.lexicographicallyPrecedes(right.eventID.utf8)
    }
}
