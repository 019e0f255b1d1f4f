import Consent

/// Publishes that share the next group commit.
///
/// Decides what each becomes, earlier ones of the same batch included.
struct StagedPublishes {
    private var items: [Item] = []
    private var keys: [EventKey: EventKeyTable.Use] = [:]
    private var openCount = 0
    private var batchMoment: Timestamp?

    struct Item {
        var call: PublishCall
        var decision: Decision
    }

    enum Decision {
        case accepted(EventRecord, SequenceNumber)
        case replayed(SequenceNumber)
        case refused(StoreError)
    }

    /// What became of a publish once its batch was durable.
    enum Settlement {
        case published(PublishResult)
        /// Its deliveries have not ended, and the caller waits for that.
        case waiting(SequenceNumber, isReplayed: Bool)
        case refused(StoreError)
    }

    enum Verdict: Equatable {
        /// To be written down; it makes at most so many undelivered deliveries.
        case accept(targetCount: Int)
        case replay(SequenceNumber)
        case refuse(StoreError)
    }

    var isEmpty: Bool { items.isEmpty }

    /// One moment for the whole batch, since it is accepted as a whole.
    mutating func acceptedAt(_ now: () -> Timestamp) -> Timestamp {
        if let batchMoment { return batchMoment }
        let moment = now()
        batchMoment = moment
        return moment
    }

    func decide(_ call: PublishCall, in state: borrowing ConsentState) -> Verdict {
        if let key = call.incoming.key, let known = keys[key] ?? state.eventKeys[key] {
            guard known.digest == call.incoming.digest else { return .refuse(.keyReused(key: key.text)) }
            return .replay(known.event)
        }
        let targetCount: Int
        if let named = call.incoming.configurations {
            guard named.allSatisfy({ state.configuration($0) != nil }) else { return .refuse(.configurationNotFound) }
            targetCount = named.count
        } else {
            targetCount = state.configurationNames.count
            guard targetCount > 0 else { return .refuse(.noConfiguration) }
        }
        guard state.openCount + openCount + targetCount <= state.limits.pendingMax else {
            return .refuse(.queueFull(limit: state.limits.pendingMax))
        }
        return .accept(targetCount: targetCount)
    }

    mutating func add(_ call: PublishCall, _ decision: Decision, openCount: Int = 0) {
        items.append(Item(call: call, decision: decision))
        self.openCount += openCount
        if case .accepted(let record, let number) = decision, let key = call.incoming.key {
            keys[key] = EventKeyTable.Use(
                key: key,
                event: number,
                digest: record.incoming.digest,
                acceptedAt: record.acceptedAt
            )
        }
    }

    mutating func take() -> [Item] {
        defer {
            items.removeAll(keepingCapacity: true)
            keys.removeAll(keepingCapacity: true)
            openCount = 0
            batchMoment = nil
        }
        return items
    }
}

extension ConsentState {
    /// What a publish comes to where its batch did not become durable; what was durable before is still a replay.
    func settlement(of publish: StagedPublishes.Item, failed error: StoreError) -> StagedPublishes.Settlement {
        switch publish.decision {
        case .refused(let reason): .refused(reason)
        case .replayed(let number) where number <= newest: settlement(of: number, publish.call, isReplayed: true)
        case .accepted, .replayed: .refused(error)
        }
    }

    /// Applies a durable batch and tells what became of each publish, seen when all of them have been applied.
    ///
    /// One call for the whole batch, since reaching into the store's state costs a copy of it each time.
    mutating func settle(_ publishes: [StagedPublishes.Item]) -> [StagedPublishes.Settlement] {
        for publish in publishes {
            guard case .accepted(let record, let number) = publish.decision else { continue }
            newest = number
            apply(record, at: number)
        }
        var settlements: [StagedPublishes.Settlement] = []
        settlements.reserveCapacity(publishes.count)
        for publish in publishes {
            switch publish.decision {
            case .refused(let error): settlements.append(.refused(error))
            case .accepted(_, let number): settlements.append(settlement(of: number, publish.call, isReplayed: false))
            case .replayed(let number): settlements.append(settlement(of: number, publish.call, isReplayed: true))
            }
        }
        return settlements
    }

    private func settlement(
        of event: SequenceNumber,
        _ call: PublishCall,
        isReplayed: Bool
    ) -> StagedPublishes.Settlement {
        if call.waitsForDelivery, events[event]?.isTerminal == false { return .waiting(event, isReplayed: isReplayed) }
        return .published(publishResult(event, call, isReplayed: isReplayed))
    }

    /// The answer to a publish as things stand now.
    func publishResult(_ event: SequenceNumber, _ call: PublishCall, isReplayed: Bool) -> PublishResult {
        let entry = events[event]
        return PublishResult(
            eventID: entry?.id ?? call.incoming.event.id ?? Self.generatedID(event),
            sequenceNumber: event,
            isReplayed: isReplayed,
            deliveries: entry.map { deliveries(of: event, $0) } ?? []
        )
    }
}
