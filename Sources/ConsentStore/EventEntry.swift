import Consent

/// An accepted event and its deliveries.
struct EventEntry: Sendable {
    let id: String
    let createdAt: Timestamp
    let acceptedAt: Timestamp
    var deliveries: SmallList<DeliveryEntry>

    var isTerminal: Bool {
        switch deliveries {
        case .none: true
        case .one(let delivery): delivery.state.isTerminal
        case .many(let deliveries): deliveries.allSatisfy(\.state.isTerminal)
        }
    }

    /// Whether everything of it last changed before a moment.
    func isUnchanged(since moment: Timestamp) -> Bool {
        switch deliveries {
        case .none: true
        case .one(let delivery): delivery.updatedAt < moment
        case .many(let deliveries): deliveries.allSatisfy { $0.updatedAt < moment }
        }
    }

    /// Lets its lists of choices share the memory of equal ones.
    mutating func share(_ known: inout SharedChoices) {
        for place in deliveries.indices { deliveries[place].choices = known.shared(deliveries[place].choices) }
    }

    /// Ends an undelivered delivery and returns its person, and whether the event has ended with it; nil where there is
    /// none or it has ended already.
    mutating func end(
        _ configuration: ConfigurationID,
        as state: DeliveryState,
        detail: DeliveryDetail?,
        at moment: Timestamp,
        by sequenceNumber: SequenceNumber,
        supersededBy winner: SequenceNumber?,
        countsAttempt: Bool
    ) -> (slot: UInt32, isTerminal: Bool)? {
        guard let place = deliveries.firstIndex(where: { $0.configuration == configuration }),
            !deliveries[place].state.isTerminal
        else { return nil }
        deliveries[place].state = state
        deliveries[place].changedBy = sequenceNumber
        deliveries[place].updatedAt = moment
        deliveries[place].supersededBy = winner
        if let detail { deliveries[place].detail = detail }
        if countsAttempt { deliveries[place].attempts += 1 }
        return (deliveries[place].slot, isTerminal)
    }
}

/// One event's delivery to one configuration, as compact as a million of them must be.
struct DeliveryEntry: Sendable {
    let configuration: ConfigurationID
    let slot: UInt32
    /// Never `inFlight` or `held`, which are looked up when somebody asks.
    var state: DeliveryState
    var attempts: UInt16 = 0
    var changedBy: SequenceNumber
    var updatedAt: Timestamp
    /// The number of the event that won, where the state is `superseded`; else 0.
    private var winner: UInt64 = 0
    var choices: [CapturedChoice]
    var detail: DeliveryDetail?

    init(
        configuration: ConfigurationID,
        slot: UInt32,
        state: DeliveryState,
        changedBy: SequenceNumber,
        updatedAt: Timestamp,
        choices: [CapturedChoice]
    ) {
        self.configuration = configuration
        self.slot = slot
        self.state = state
        self.changedBy = changedBy
        self.updatedAt = updatedAt
        self.choices = choices
    }

    /// The event that won, where the state is `superseded`.
    var supersededBy: SequenceNumber? {
        get { winner == 0 ? nil : SequenceNumber(winner) }
        set { winner = newValue?.rawValue ?? 0 }
    }
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
