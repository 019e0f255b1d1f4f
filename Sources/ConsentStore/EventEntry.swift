import Consent

/// An accepted event and its deliveries.
struct EventEntry: Sendable {
    let id: String
    let createdAt: Timestamp
    let acceptedAt: Timestamp
    var deliveries: SmallList<DeliveryEntry>

    @inline(__always) var isTerminal: Bool {
        switch deliveries {
        case .none: true
        case .one(let delivery): delivery.state.isTerminal
        case .many(let deliveries): deliveries.allSatisfy(\.state.isTerminal)
        }
    }

    /// Whether everything of it last changed before a moment.
    @inline(__always) func isUnchanged(since moment: Timestamp) -> Bool {
        switch deliveries {
        case .none: true
        case .one(let delivery): delivery.updatedAt < moment
        case .many(let deliveries): deliveries.allSatisfy { $0.updatedAt < moment }
        }
    }

    /// Gives each delivery's configuration and person; no delivery is copied for it.
    @inline(__always) func forEachPerson(_ body: (ConfigurationID, UInt32) -> Void) {
        switch deliveries {
        case .none: break
        case .one(let delivery): body(delivery.configuration, delivery.slot)
        case .many(let deliveries): for delivery in deliveries { body(delivery.configuration, delivery.slot) }
        }
    }

    /// Where a configuration's delivery is, unless it has ended.
    private func undelivered(to configuration: ConfigurationID) -> Int? {
        func isMeant(_ delivery: borrowing DeliveryEntry) -> Bool {
            delivery.configuration == configuration && !delivery.state.isTerminal
        }
        return switch deliveries {
        case .none: nil
        case .one(let delivery): isMeant(delivery) ? 0 : nil
        case .many(let deliveries): deliveries.firstIndex { isMeant($0) }
        }
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
        guard let place = undelivered(to: configuration) else { return nil }
        let slot = deliveries[place].end(
            as: state,
            detail: detail,
            at: moment,
            by: sequenceNumber,
            supersededBy: winner,
            countsAttempt: countsAttempt
        )
        return (slot, isTerminal)
    }
}

/// One event's delivery to one configuration, as compact as a million of them must be.
struct DeliveryEntry: Sendable {
    // The small ones come last, so that the list's and the event's own bits find room behind them.
    var choices: [CapturedChoice]
    var detail: DeliveryDetail?
    var changedBy: SequenceNumber
    var updatedAt: Timestamp
    /// The number of the event that won, where the state is `superseded`; else 0.
    private var winner: UInt64 = 0
    let configuration: ConfigurationID
    let slot: UInt32
    var attempts: UInt16 = 0
    /// Never `inFlight` or `held`, which are looked up when somebody asks.
    var state: DeliveryState

    init(
        configuration: ConfigurationID,
        slot: UInt32,
        state: DeliveryState,
        changedBy: SequenceNumber,
        updatedAt: Timestamp,
        choices: [CapturedChoice],
        detail: DeliveryDetail? = nil,
        attempts: UInt16 = 0,
        supersededBy winner: SequenceNumber? = nil
    ) {
        self.configuration = configuration
        self.slot = slot
        self.state = state
        self.changedBy = changedBy
        self.updatedAt = updatedAt
        self.choices = choices
        self.detail = detail
        self.attempts = attempts
        self.winner = winner?.rawValue ?? 0
    }

    /// What its configuration must know to take it back.
    var standing: Standing {
        Standing(
            configuration: configuration,
            slot: slot,
            isOpen: !state.isTerminal,
            sourceLimit: choices.reduce(0) { max($0, Int($1.source) + 1) }
        )
    }

    /// What its configuration must know to take it back.
    struct Standing {
        let configuration: ConfigurationID
        let slot: UInt32
        let isOpen: Bool
        /// Every source of its choices has a smaller number.
        let sourceLimit: Int
    }

    /// Whether it ended by a newer choice or by a person, and nothing tells of a write of its own.
    var lacksEvidence: Bool {
        (state == .superseded || state == .cancelled) && (detail?.recordIDs.isEmpty ?? true)
    }

    /// Ends it and returns its person.
    mutating func end(
        as state: DeliveryState,
        detail: DeliveryDetail?,
        at moment: Timestamp,
        by sequenceNumber: SequenceNumber,
        supersededBy winner: SequenceNumber?,
        countsAttempt: Bool
    ) -> UInt32 {
        self.state = state
        changedBy = sequenceNumber
        updatedAt = moment
        supersededBy = winner
        if let detail { self.detail = detail }
        if countsAttempt { attempts += 1 }
        return slot
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
