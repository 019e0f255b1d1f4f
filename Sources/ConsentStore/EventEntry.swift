import Consent

/// An accepted event and its deliveries.
struct EventEntry {
    let id: String
    let createdAt: Timestamp
    let acceptedAt: Timestamp
    let organizationUserID: String
    var deliveries: [DeliveryEntry]

    var isTerminal: Bool {
        deliveries.allSatisfy(\.state.isTerminal)
    }

    /// Ends an undelivered delivery and returns its person; nil where it has ended already.
    mutating func end(
        _ place: Int,
        as state: DeliveryState,
        detail: DeliveryDetail?,
        at moment: Timestamp,
        by sequenceNumber: SequenceNumber,
        supersededBy winner: SequenceNumber?,
        countsAttempt: Bool
    ) -> UInt32? {
        guard !deliveries[place].state.isTerminal else { return nil }
        deliveries[place].state = state
        deliveries[place].changedBy = sequenceNumber
        deliveries[place].updatedAt = moment
        deliveries[place].supersededBy = winner
        if let detail { deliveries[place].detail = detail }
        if countsAttempt { deliveries[place].attempts += 1 }
        return deliveries[place].slot
    }
}

/// One event's delivery to one configuration, as compact as a million of them must be.
struct DeliveryEntry {
    let configuration: ConfigurationID
    let slot: UInt32
    /// Never `inFlight` or `held`, which are looked up when somebody asks.
    var state: DeliveryState
    var attempts: UInt16 = 0
    var changedBy: SequenceNumber
    var updatedAt: Timestamp
    /// The delivery that won, where the state is `superseded`.
    var supersededBy: SequenceNumber?
    var choices: [CapturedChoice]
    var detail: DeliveryDetail?
}

/// What only some deliveries have, shared by all events of one write.
final class DeliveryDetail: Sendable {
    let reason: String?
    let attempt: Attempt?
    let dueAt: Timestamp?
    let recordIDs: [String]
    let isCreated: Bool?

    init(
        reason: String? = nil,
        attempt: Attempt? = nil,
        dueAt: Timestamp? = nil,
        recordIDs: [String] = [],
        isCreated: Bool? = nil
    ) {
        self.reason = reason
        self.attempt = attempt
        self.dueAt = dueAt
        self.recordIDs = recordIDs
        self.isCreated = isCreated
    }
}
