import Consent

extension ConsentState {
    /// Takes an event in: one delivery for each configuration it is for, merged with what stands for the person.
    mutating func apply(_ record: EventRecord, at sequenceNumber: SequenceNumber) {
        let event = record.incoming.event
        let id = event.id ?? Self.generatedID(sequenceNumber)
        var entry = EventEntry(
            id: id,
            createdAt: event.createdAt ?? record.acceptedAt,
            acceptedAt: record.acceptedAt,
            deliveries: []
        )
        remember(record, at: sequenceNumber)
        var displaced: [Displacement] = []
        if let named = record.incoming.configurations {
            for id in named {
                guard let index = configurationIndexes[id] else { continue }
                entry.deliveries.append(
                    accept(record.incoming, entry, by: index, at: sequenceNumber, displaced: &displaced)
                )
            }
        } else {
            for index in configurations.indices where !configurations[index].isDeleted {
                entry.deliveries.append(
                    accept(record.incoming, entry, by: index, at: sequenceNumber, displaced: &displaced)
                )
            }
        }
        let isTerminal = entry.isTerminal
        events[sequenceNumber] = entry
        eventOrder.append(sequenceNumber)
        effects.changedEvents.append(sequenceNumber)
        for displacement in displaced {
            supersede(displacement, by: sequenceNumber, at: record.acceptedAt)
        }
        if isTerminal { queueForRemoval(sequenceNumber, at: record.acceptedAt) }
    }

    /// The id of an event that came without one.
    static func generatedID(_ sequenceNumber: SequenceNumber) -> String {
        "evt_" + sequenceNumber.rawValue.hexadecimal
    }

    /// An event that no choice stands for any more.
    struct Displacement {
        var event: SequenceNumber
        var configurationIndex: Int
        var slot: UInt32
    }

    private mutating func remember(_ record: EventRecord, at sequenceNumber: SequenceNumber) {
        guard let key = record.incoming.key else { return }
        eventKeys[key] = KeyEntry(event: sequenceNumber, digest: record.incoming.digest)
        eventKeyOrder.append(KeyUse(key: key, acceptedAt: record.acceptedAt))
        let oldest = record.acceptedAt - limits.keyLifetime
        // Two for each one added: the table shrinks when it must and no single event pays for many.
        for _ in 0..<2 {
            guard let first = eventKeyOrder.first, first.acceptedAt < oldest else { return }
            _ = eventKeyOrder.popFirst()
            eventKeys[first.key] = nil
        }
    }

    private mutating func accept(
        _ incoming: IncomingEvent,
        _ entry: EventEntry,
        by index: Int,
        at sequenceNumber: SequenceNumber,
        displaced: inout [Displacement]
    ) -> DeliveryEntry {
        let event = incoming.event
        let slot = configurations[index].makeSlot(of: incoming.subject)
        var delivery = DeliveryEntry(
            configuration: configurations[index].configuration.id,
            slot: slot,
            state: .skipped,
            changedBy: sequenceNumber,
            updatedAt: entry.acceptedAt,
            choices: []
        )
        configurations[index].subjects[Int(slot)].events.insert(sequenceNumber)
        guard event.status == .confirmed else {
            delivery.detail = Self.pendingApproval
            return delivery
        }
        guard configurations[index].configuration.regulations.contains(event.regulation) else {
            delivery.detail = Self.foreignRegulation
            return delivery
        }
        delivery.choices = configurations[index].capture(event, id: entry.id, createdAt: entry.createdAt)
        guard !delivery.choices.isEmpty else {
            delivery.detail = Self.nothingMapped
            return delivery
        }
        let losers = configurations[index].subjects[Int(slot)].fields.merge(
            delivery.choices,
            of: sequenceNumber,
            eventID: entry.id,
            createdAt: entry.createdAt
        )
        let fields = configurations[index].subjects[Int(slot)].fields
        for loser in losers where !fields.isStanding(loser) {
            displaced.append(Displacement(event: loser, configurationIndex: index, slot: slot))
        }
        if fields.isStanding(sequenceNumber) {
            delivery.state = .pending
            open(sequenceNumber, index: index, slot: slot)
        } else {
            lose(&delivery, to: fields)
        }
        return delivery
    }

    /// An event that lost on all of its fields: superseded while the winner is under way, stale once it was delivered.
    private func lose(_ delivery: inout DeliveryEntry, to fields: MergedFields) {
        let winners = delivery.choices.filter { !$0.isCompanion }.compactMap { fields.choice(for: $0.source) }
        if let winner = winners.first(where: { !$0.isDelivered }) {
            delivery.state = .superseded
            delivery.supersededBy = winner.event
        } else {
            delivery.state = .skipped
            delivery.detail = Self.stale
        }
    }

    mutating func open(_ event: SequenceNumber, index: Int, slot: UInt32) {
        configurations[index].subjects[Int(slot)].addOpen(event)
        configurations[index].openCount += 1
        openCount += 1
        announce(index: index, slot: slot)
    }

    /// Tells the delivery side about a person, unless it would not listen or has the person's write out.
    mutating func announce(index: Int, slot: UInt32) {
        guard configurations[index].isRunning, configurations[index].subjects[Int(slot)].inFlight.isEmpty else {
            return
        }
        effects.outbox.append(
            .subject(SubjectKey(configuration: configurations[index].configuration.id, slot: slot))
        )
    }

    private mutating func supersede(_ displacement: Displacement, by winner: SequenceNumber, at moment: Timestamp) {
        let id = configurations[displacement.configurationIndex].configuration.id
        finish(
            DeliveryID(event: displacement.event, configuration: id),
            as: .superseded,
            detail: nil,
            at: moment,
            by: winner,
            supersededBy: winner
        )
    }

    private static let pendingApproval = DeliveryDetail(reason: "PENDING_APPROVAL")
    private static let foreignRegulation = DeliveryDetail(reason: "REGULATION")
    static let nothingMapped = DeliveryDetail(reason: "NOTHING_MAPPED")
    static let stale = DeliveryDetail(reason: "STALE")
}
