import Consent

extension ConsentState {
    /// Takes an event in: one delivery for each configuration it is for, merged with what stands for the person.
    mutating func apply(_ record: EventRecord, at sequenceNumber: SequenceNumber) {
        let incoming = record.incoming
        let id = incoming.event.id ?? Self.generatedID(sequenceNumber)
        var entry = EventEntry(
            id: id,
            createdAt: incoming.event.createdAt ?? record.acceptedAt,
            acceptedAt: record.acceptedAt,
            deliveries: []
        )
        remember(incoming, acceptedAt: record.acceptedAt, at: sequenceNumber)
        var displaced = SmallList<Displacement>.none
        if let named = incoming.configurations {
            for id in named {
                guard let index = configurationIndexes[id] else { continue }
                entry.deliveries.append(
                    accept(incoming, entry, by: index, at: sequenceNumber, displaced: &displaced)
                )
            }
        } else {
            for index in configurations.indices where !configurations[index].isDeleted {
                entry.deliveries.append(
                    accept(incoming, entry, by: index, at: sequenceNumber, displaced: &displaced)
                )
            }
        }
        let isTerminal = entry.isTerminal
        events[sequenceNumber] = consume entry
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

    private mutating func remember(
        _ incoming: IncomingEvent,
        acceptedAt: Timestamp,
        at sequenceNumber: SequenceNumber
    ) {
        guard let key = incoming.key else { return }
        eventKeys.add(
            EventKeyTable.Use(
                key: key,
                event: sequenceNumber,
                digest: incoming.digest,
                acceptedAt: acceptedAt
            )
        )
        // Two for each one added: the table shrinks when it must and no single event pays for many.
        let oldest = Timestamp(milliseconds: acceptedAt.milliseconds - keyLifetimeMilliseconds)
        eventKeys.forget(before: oldest, atMost: 2)
    }

    private mutating func accept(
        _ incoming: IncomingEvent,
        _ entry: EventEntry,
        by index: Int,
        at sequenceNumber: SequenceNumber,
        displaced: inout SmallList<Displacement>
    ) -> DeliveryEntry {
        var losers: [SequenceNumber] = []
        let delivery = configurations[index].accept(
            incoming,
            entry,
            at: sequenceNumber,
            sharing: &sharedChoices,
            displaced: &losers
        )
        for loser in losers {
            displaced.append(Displacement(event: loser, configurationIndex: index, slot: delivery.slot))
        }
        if delivery.state == .pending { open(sequenceNumber, index: index, slot: delivery.slot) }
        return delivery
    }

    mutating func open(_ event: SequenceNumber, index: Int, slot: UInt32) {
        configurations[index].subjects[Int(slot)].addOpen(event)
        configurations[index].openCount += 1
        openCount += 1
        announce(index: index, slot: slot)
    }

    /// Tells the delivery side about a person, unless it would not listen or has the person's write out.
    ///
    /// Of a denial it hears all the same: a job that runs for long is ended for it.
    mutating func announce(index: Int, slot: UInt32) {
        guard configurations[index].isRunning,
            configurations[index].subjects[Int(slot)].inFlight.isEmpty
                || configurations[index].subjects[Int(slot)].isWithdrawal
        else { return }
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
}

extension ConfigurationEntry {
    /// Takes an event in and returns its delivery, pending where one of its choices stands.
    ///
    /// - Parameter displaced: gets the events that no choice stands for any more.
    mutating func accept(
        _ incoming: IncomingEvent,
        _ entry: EventEntry,
        at sequenceNumber: SequenceNumber,
        sharing sharedChoices: inout SharedChoices,
        displaced: inout [SequenceNumber]
    ) -> DeliveryEntry {
        let slot = makeSlot(of: incoming.subject)
        var delivery = DeliveryEntry(
            configuration: configuration.id,
            slot: slot,
            state: .skipped,
            changedBy: sequenceNumber,
            updatedAt: entry.acceptedAt,
            choices: []
        )
        subjects[Int(slot)].events.insert(sequenceNumber)
        guard incoming.event.status == .confirmed else {
            delivery.detail = .pendingApproval
            return delivery
        }
        guard configuration.regulations.contains(where: { $0.hasSameBytes(as: incoming.event.regulation) }) else {
            delivery.detail = .foreignRegulation
            return delivery
        }
        delivery.choices = sharedChoices.shared(
            capture(incoming.event, id: entry.id, createdAt: entry.createdAt)
        )
        guard !delivery.choices.isEmpty else {
            delivery.detail = .nothingMapped
            return delivery
        }
        displaced = subjects[Int(slot)].fields.merge(
            delivery.choices,
            of: sequenceNumber,
            eventID: entry.id,
            createdAt: entry.createdAt
        )
        if subjects[Int(slot)].fields.isStanding(sequenceNumber) {
            delivery.state = .pending
        } else {
            Self.lose(&delivery, to: subjects[Int(slot)].fields)
        }
        displaced.removeAll { subjects[Int(slot)].fields.isStanding($0) }
        return delivery
    }

    /// An event that lost on all of its fields: superseded while the winner is under way, stale once it was delivered.
    private static func lose(_ delivery: inout DeliveryEntry, to fields: MergedFields) {
        let winners = delivery.choices.filter { !$0.isCompanion }.compactMap { fields.choice(for: $0.source) }
        if let winner = winners.first(where: { !$0.isDelivered }) {
            delivery.state = .superseded
            delivery.supersededBy = winner.event
        } else {
            delivery.state = .skipped
            delivery.detail = .stale
        }
    }
}

extension DeliveryDetail {
    fileprivate static let pendingApproval = DeliveryDetail(reason: "PENDING_APPROVAL")
    fileprivate static let foreignRegulation = DeliveryDetail(reason: "REGULATION")
    static let nothingMapped = DeliveryDetail(reason: "NOTHING_MAPPED")
    static let stale = DeliveryDetail(reason: "STALE")
}
