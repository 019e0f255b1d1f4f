import Consent
import DequeModule

extension ConsentState {
    /// Applies what became of one write to every event that was part of it and is still undelivered, and keeps the
    /// evidence of a confirmed one for those that have ended meanwhile.
    mutating func apply(
        _ outcome: OutcomeRecord,
        at moment: Timestamp,
        by sequenceNumber: SequenceNumber
    ) throws(RecordError) {
        let index = try index(of: outcome.configuration)
        guard let slot = outcome.events.compactMap({ self.slot(of: $0, in: outcome.configuration) }).first else {
            return
        }
        let detail = DeliveryDetail(outcome.result)
        switch outcome.result {
        case .delivered(let recordIDs, _, _):
            configurations[index].subjects[Int(slot)].recordIDs = recordIDs
            keepEvidence(outcome, detail, at: moment, by: sequenceNumber)
            finish(outcome, as: .delivered, detail, at: moment, by: sequenceNumber)
        case .skipped: finish(outcome, as: .skipped, detail, at: moment, by: sequenceNumber)
        case .failed: finish(outcome, as: .failed, detail, at: moment, by: sequenceNumber)
        case .retrying(_, let attempts, let dueAt, _):
            let isSpent = attempts > Int(configurations[index].subjects[Int(slot)].progress.attempts)
            reschedule(outcome, as: .retrying, detail, at: moment, by: sequenceNumber, isSpent: isSpent)
            advance(index, slot, outcome.events, attempts: attempts, dueAt: dueAt, isParked: false)
        case .parked(_, let attempts, let dueAt, _):
            reschedule(outcome, as: .parked, detail, at: moment, by: sequenceNumber, isSpent: true)
            advance(index, slot, outcome.events, attempts: attempts, dueAt: dueAt, isParked: true)
        case .released: announce(index: index, slot: slot)
        }
    }

    /// Keeps that a record may come to exist for a person although nothing more is heard of it.
    mutating func noteCreation(_ id: DeliveryID, at moment: Timestamp) {
        guard let index = configurationIndexes[id.configuration], let slot = slot(of: id.event, in: id.configuration)
        else { return }
        configurations[index].subjects[Int(slot)].progress.creationStartedAt = moment
    }

    private func slot(of event: SequenceNumber, in configuration: ConfigurationID) -> UInt32? {
        entry(of: event, in: configuration)?.slot
    }

    /// An event's delivery to a configuration.
    func entry(of event: SequenceNumber, in configuration: ConfigurationID) -> DeliveryEntry? {
        events[event]?.deliveries.first { $0.configuration == configuration }
    }

    /// Whether an event's delivery ended without a write although one that held it may have been out.
    func lacksEvidence(_ event: SequenceNumber, in configuration: ConfigurationID) -> Bool {
        entry(of: event, in: configuration)?.lacksEvidence ?? false
    }

    /// Tells of a confirmed write also where a newer choice or a person had ended the delivery by then: its values were
    /// in the record all the same.
    private mutating func keepEvidence(
        _ outcome: OutcomeRecord,
        _ detail: DeliveryDetail,
        at moment: Timestamp,
        by sequenceNumber: SequenceNumber
    ) {
        for event in outcome.events {
            guard let place = place(of: DeliveryID(event: event, configuration: outcome.configuration)),
                events[event]?.deliveries[place].lacksEvidence == true
            else { continue }
            events[event]?.deliveries[place].detail = detail
            events[event]?.deliveries[place].attempts += 1
            events[event]?.deliveries[place].changedBy = sequenceNumber
            events[event]?.deliveries[place].updatedAt = moment
            effects.changedEvents.append(event)
        }
    }

    private mutating func finish(
        _ outcome: OutcomeRecord,
        as state: DeliveryState,
        _ detail: DeliveryDetail,
        at moment: Timestamp,
        by sequenceNumber: SequenceNumber
    ) {
        for event in outcome.events {
            finish(
                DeliveryID(event: event, configuration: outcome.configuration),
                as: state,
                detail: detail,
                at: moment,
                by: sequenceNumber,
                countsAttempt: true
            )
        }
    }

    /// Ends an undelivered delivery; one that has ended already stays as it is.
    mutating func finish(
        _ id: DeliveryID,
        as state: DeliveryState,
        detail: DeliveryDetail?,
        at moment: Timestamp,
        by sequenceNumber: SequenceNumber,
        supersededBy winner: SequenceNumber? = nil,
        countsAttempt: Bool = false
    ) {
        guard let index = configurationIndexes[id.configuration],
            let (slot, isTerminal) = events[id.event]?.end(
                id.configuration,
                as: state,
                detail: detail,
                at: moment,
                by: sequenceNumber,
                supersededBy: winner,
                countsAttempt: countsAttempt
            )
        else { return }
        configurations[index].subjects[Int(slot)].fields.end(id.event, as: state, at: moment)
        configurations[index].subjects[Int(slot)].removeOpen(id.event)
        configurations[index].openCount -= 1
        openCount -= 1
        effects.changedEvents.append(id.event)
        // After a write the delivery side knows that nothing is left; otherwise it must be told.
        if !countsAttempt || !configurations[index].subjects[Int(slot)].open.isEmpty {
            announce(index: index, slot: slot)
        }
        if isTerminal { queueForRemoval(id.event, at: moment) }
    }

    /// Whether an event was part of no write of a configuration yet, or is to be tried anew.
    private func isUntried(_ event: SequenceNumber, _ configuration: ConfigurationID) -> Bool {
        entry(of: event, in: configuration)?.state == .pending
    }

    /// Of a person's undelivered events the one to be written next where each is written by itself: one that was tried
    /// less often before the others, so that none keeps the others back, and then a withdrawal.
    func nextPiece(of open: EventList, index: Int, slot: UInt32) -> EventList {
        let configuration = configurations[index].configuration.id
        let subject = configurations[index].subjects[Int(slot)]
        let next = open.min { left, right in
            let tries = (tries(left, configuration), tries(right, configuration))
            if tries.0 != tries.1 { return tries.0 < tries.1 }
            return subject.isWithdrawal(in: [left]) && !subject.isWithdrawal(in: [right])
        }
        return next.map { [$0] } ?? []
    }

    /// How often a delivery was tried since it is undelivered, as far as that decides who is next.
    private func tries(_ event: SequenceNumber, _ configuration: ConfigurationID) -> UInt16 {
        isUntried(event, configuration) ? 0 : entry(of: event, in: configuration)?.attempts ?? 0
    }

    /// Where a delivery stands among those of its event.
    private func place(of id: DeliveryID) -> Int? {
        events[id.event]?.deliveries.firstIndex { $0.configuration == id.configuration }
    }

    private mutating func reschedule(
        _ outcome: OutcomeRecord,
        as state: DeliveryState,
        _ detail: DeliveryDetail,
        at moment: Timestamp,
        by sequenceNumber: SequenceNumber,
        isSpent: Bool
    ) {
        for event in outcome.events {
            guard let place = place(of: DeliveryID(event: event, configuration: outcome.configuration)),
                events[event]?.deliveries[place].state.isTerminal == false
            else { continue }
            events[event]?.deliveries[place].state = state
            events[event]?.deliveries[place].changedBy = sequenceNumber
            events[event]?.deliveries[place].updatedAt = moment
            if isSpent { events[event]?.deliveries[place].attempts += 1 }
            events[event]?.deliveries[place].detail = detail
            effects.changedEvents.append(event)
        }
    }

    /// Moves the person's schedule on, unless something came in meanwhile that was never tried.
    private mutating func advance(
        _ index: Int,
        _ slot: UInt32,
        _ tried: [SequenceNumber],
        attempts: Int,
        dueAt: Timestamp,
        isParked: Bool
    ) {
        let id = configurations[index].configuration.id
        let hasUntried = configurations[index].subjects[Int(slot)].open.contains {
            !tried.contains($0) && isUntried($0, id)
        }
        configurations[index].subjects[Int(slot)].progress = SubjectEntry.Progress(
            attempts: hasUntried ? 0 : UInt16(clamping: attempts),
            isParked: isParked && !hasUntried,
            dueAt: hasUntried ? nil : dueAt,
            creationStartedAt: configurations[index].subjects[Int(slot)].progress.creationStartedAt
        )
        if hasUntried { announce(index: index, slot: slot) }
    }

    /// Whether `retry` changes anything: not where newer events stand for all that a failed delivery would write.
    func canRetry(_ id: DeliveryID) -> Bool {
        guard let index = configurationIndexes[id.configuration], !configurations[index].isDeleted,
            let place = place(of: id), let delivery = events[id.event]?.deliveries[place]
        else { return false }
        switch delivery.state {
        case .failed: return configurations[index].subjects[Int(delivery.slot)].fields.isStanding(id.event)
        case .retrying, .parked: return true
        case .pending, .inFlight, .held, .delivered, .skipped, .superseded, .cancelled: return false
        }
    }

    /// Makes a failed delivery pending again, or a waiting one due at once.
    mutating func retry(_ id: DeliveryID, at moment: Timestamp, by sequenceNumber: SequenceNumber) {
        guard canRetry(id), let index = configurationIndexes[id.configuration], let place = place(of: id),
            let delivery = events[id.event]?.deliveries[place]
        else { return }
        switch delivery.state {
        case .failed:
            events[id.event]?.deliveries[place].state = DeliveryState.pending
            configurations[index].subjects[Int(delivery.slot)].fields.end(id.event, as: nil, at: moment)
            open(id.event, index: index, slot: delivery.slot)
        case .retrying, .parked:
            configurations[index].subjects[Int(delivery.slot)].progress.startAnew()
            events[id.event]?.deliveries[place].state = DeliveryState.pending
            announce(index: index, slot: delivery.slot)
        case .pending, .inFlight, .held, .delivered, .skipped, .superseded, .cancelled: return
        }
        events[id.event]?.deliveries[place].changedBy = sequenceNumber
        events[id.event]?.deliveries[place].updatedAt = moment
        effects.changedEvents.append(id.event)
    }
}

extension DeliveryDetail {
    convenience init(_ result: SubjectOutcome.Result) {
        switch result {
        case .delivered(let recordIDs, let isCreated, let attempt):
            self.init(attempt: attempt, recordIDs: recordIDs, isCreated: isCreated)
        case .skipped(let reason, let attempt), .failed(let reason, let attempt):
            self.init(reason: reason, attempt: attempt)
        case .retrying(let reason, _, let dueAt, let attempt), .parked(let reason, _, let dueAt, let attempt):
            self.init(reason: reason, attempt: attempt, dueAt: dueAt)
        case .released: self.init()
        }
    }
}
