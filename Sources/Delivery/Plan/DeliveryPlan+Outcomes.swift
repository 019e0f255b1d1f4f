import Consent
import DequeModule

/// What becomes of a subject.
extension DeliveryPlan {
    /// Reasons of our own.
    enum Reason: String {
        case noMatch = "NO_MATCH"
        case convertedLead = "CONVERTED_LEAD"
        case multipleMatches = "MULTIPLE_MATCHES"
        case creationUnsettled = "CREATION_UNSETTLED"
    }

    // MARK: Lookups

    mutating func found(_ records: [FoundRecord], slot: UInt32, of index: Int, at now: Timestamp) {
        guard let active = configurations[index].active[slot] else { return }
        if records.count > 1, configurations[index].configuration?.onMultipleMatches == .reject {
            let attempt = Attempt(
                at: now,
                errorCode: Reason.multipleMatches.rawValue,
                message: "\(records.count) records match"
            )
            let result = SubjectOutcome.Result.failed(reason: Reason.multipleMatches.rawValue, attempt)
            conclude(slot: slot, of: index, result)
            return
        }
        var written: [String] = []
        if let partial = configurations[index].partials[slot] {
            if partial.through == active.write.through {
                written = partial.written
                configurations[index].active[slot]?.lastAttempt = partial.attempt
            } else {
                configurations[index].partials[slot] = nil
            }
        }
        var seen = Set(written)
        let remaining = records.filter { seen.insert($0.id).inserted }
        configurations[index].active[slot]?.found(remaining, besides: written)
        if remaining.isEmpty {
            deliver(slot: slot, of: index, at: now)
        } else if gather(slot: slot, of: index) {
            return
        } else if isRunnable(index) {
            configurations[index].active[slot]?.stage = .update
            configurations[index].updates.append(slot)
            giveWay(slot: slot, of: index)
        } else {
            release(slot: slot, of: index)
        }
    }

    mutating func notFound(slot: UInt32, _ call: CallState, jitter: Double, at now: Timestamp) {
        let index = call.configuration
        guard let active = configurations[index].active[slot] else { return }
        guard configurations[index].configuration?.upsertMode == true else {
            skip(slot: slot, of: index, reason: .noMatch, at: now)
            return
        }
        if let failure = active.unknownCreation {
            spend(slot: slot, call, failure, isWhole: false, jitter: jitter, at: now)
            return
        }
        if let person = active.person, let until = locks.unsettledUntil(person, at: now) {
            let attempt = Attempt(at: now, errorCode: Reason.creationUnsettled.rawValue)
            postpone(slot: slot, of: index, reason: Reason.creationUnsettled.rawValue, until: until, attempt)
            return
        }
        guard isRunnable(index), active.person != nil else {
            release(slot: slot, of: index)
            return
        }
        configurations[index].active[slot]?.stage = .creation
        configurations[index].creations.append(slot)
        giveWay(slot: slot, of: index)
    }

    mutating func skip(slot: UInt32, of index: Int, reason: Reason, at now: Timestamp) {
        let attempt = configurations[index].active[slot]?.failures.first?.attempt
        let result = SubjectOutcome.Result.skipped(reason: reason.rawValue, attempt ?? Attempt(at: now))
        conclude(slot: slot, of: index, result)
    }

    // MARK: Writes

    /// Decides on a subject of which nothing is out any more.
    mutating func settle(slot: UInt32, _ call: CallState, isWhole: Bool, jitter: Double, at now: Timestamp) {
        let index = call.configuration
        guard let active = configurations[index].active[slot], active.stage == .calling, active.outstanding == 0
        else { return }
        if !active.failures.isEmpty {
            configurations[index].active[slot]?.failures = []
            configurations[index].active[slot]?.converted += active.failures.count { $0.kind == .convertedLead }
        }
        let failures = active.failures.filter { $0.kind != .convertedLead }
        guard let failure = failures.min(by: { $0.kind.urgency < $1.kind.urgency }) else {
            if active.records.isEmpty {
                deliver(slot: slot, of: index, at: now)
            } else if isRunnable(index) {
                configurations[index].active[slot]?.stage = .update
                configurations[index].updates.prepend(slot)
            } else {
                release(slot: slot, of: index)
            }
            return
        }
        if failure.kind == .cancelled || (failure.kind == .configuration && isWhole) {
            release(slot: slot, of: index)
            return
        }
        if call.kind == .create, failure.kind == .transient || failure.kind == .ambiguous, failure.mayHaveBeenWritten {
            lookForCreation(slot: slot, call, failure, isWhole: isWhole, jitter: jitter, at: now)
            return
        }
        switch failure.kind {
        case .transient, .ambiguous:
            spend(slot: slot, call, failure, isWhole: isWhole, jitter: jitter, at: now)
        case .orgPause:
            let until = orgs[call.org].pause?.until ?? now
            postpone(slot: slot, of: index, reason: failure.reason, until: until, failure.attempt)
        case .repairable:
            repair(slot: slot, of: index, call.kind, failure, at: now)
        case .configuration, .record, .batch, .convertedLead, .cancelled:
            if active.write.isDivisible {
                divide(slot: slot, of: index)
            } else {
                conclude(slot: slot, of: index, .failed(reason: failure.reason, failure.attempt))
            }
        }
    }

    /// Gives back a refused write of several events, so that each is written by itself: one event's value must not keep
    /// another's denial from the record.
    private mutating func divide(slot: UInt32, of index: Int) {
        configurations[index].active[slot]?.isRefusedTogether = true
        release(slot: slot, of: index)
    }

    private mutating func deliver(slot: UInt32, of index: Int, at now: Timestamp) {
        guard let active = configurations[index].active[slot] else { return }
        if active.written.isEmpty, active.converted > 0 {
            skip(slot: slot, of: index, reason: .convertedLead, at: now)
            return
        }
        let attempt = active.lastAttempt ?? Attempt(at: now)
        let result = SubjectOutcome.Result.delivered(
            recordIDs: active.written,
            isCreated: active.isCreated,
            attempt
        )
        conclude(slot: slot, of: index, result)
    }

    /// Looks up once more what is gone, then treats it as a person without a record.
    private mutating func repair(slot: UInt32, of index: Int, _ kind: CallKind, _ failure: Failure, at now: Timestamp) {
        guard let active = configurations[index].active[slot] else { return }
        guard isRunnable(index) else {
            release(slot: slot, of: index)
            return
        }
        if !active.wasRepaired {
            keepPartial(slot: slot, of: index, at: now)
            configurations[index].active[slot]?.wasRepaired = true
            lookAgain(slot: slot, of: index)
        } else if kind == .create {
            // It exists and cannot be found: nothing that another try would change.
            conclude(slot: slot, of: index, .failed(reason: failure.reason, failure.attempt))
        } else if !active.written.isEmpty {
            // The person's other records are written; the one that is gone needs nothing.
            deliver(slot: slot, of: index, at: now)
        } else if configurations[index].configuration?.upsertMode == true, active.person != nil {
            configurations[index].active[slot]?.stage = .creation
            configurations[index].creations.append(slot)
        } else {
            skip(slot: slot, of: index, reason: .noMatch, at: now)
        }
    }

    /// Looks at once whether a creation without an answer happened.
    private mutating func lookForCreation(
        slot: UInt32,
        _ call: CallState,
        _ failure: Failure,
        isWhole: Bool,
        jitter: Double,
        at now: Timestamp
    ) {
        let index = call.configuration
        if let person = configurations[index].active[slot]?.person {
            locks.unsettle(person, until: now + options.creationSettles, at: now)
        }
        configurations[index].active[slot]?.unknownCreation = failure
        let isOpen = !configurations[index].breaker.isClosed || !orgs[call.org].breaker.isClosed
        if isOpen || !isRunnable(index) {
            spend(slot: slot, call, failure, isWhole: isWhole, jitter: jitter, at: now)
        } else {
            lookAgain(slot: slot, of: index)
        }
    }

    private mutating func lookAgain(slot: UInt32, of index: Int) {
        lookUp(slot: slot, of: index)
        touchOrg(of: index)
    }

    mutating func lookUp(slot: UInt32, of index: Int) {
        configurations[index].active[slot]?.stage = .lookup
        configurations[index].lookups.append(slot)
        giveWay(slot: slot, of: index)
    }

    // MARK: Ends

    mutating func keepPartial(slot: UInt32, of index: Int, at now: Timestamp) {
        guard let active = configurations[index].active[slot], !active.written.isEmpty else { return }
        let isKnown = configurations[index].partials[slot] != nil
        guard isKnown || configurations[index].partials.count < options.partialResultsMax else { return }
        configurations[index].partials[slot] = PartialResult(
            through: active.write.through,
            written: active.written,
            attempt: active.lastAttempt ?? Attempt(at: now)
        )
    }

    mutating func conclude(
        slot: UInt32,
        of index: Int,
        _ result: SubjectOutcome.Result,
        next: ActiveSubject.Next = .nothing
    ) {
        guard let (outcome, person) = configurations[index].active[slot]?.conclude(result, next: next) else { return }
        if case .nothing = next { configurations[index].partials[slot] = nil }
        outcomes.append(outcome)
        if let person { passOn(person, by: outcome.key) }
    }

    /// Lets the next subject that waits for a person look it up.
    private mutating func passOn(_ person: PersonKey, by key: SubjectKey) {
        var key = key
        while let next = locks.release(person, by: key) {
            key = next
            guard let index = index(of: next.configuration),
                configurations[index].active[next.slot]?.stage == .blocked,
                configurations[index].active[next.slot]?.person == person
            else { continue }
            lookAgain(slot: next.slot, of: index)
            return
        }
    }
}

extension ActiveSubject {
    /// Takes in the records that are still to be written, besides those that are.
    mutating func found(_ records: [FoundRecord], besides written: [String]) {
        self.records = records
        self.written = written
    }

    /// Has nothing left but its outcome to be recorded; gives up the person that it worked on, if any.
    mutating func conclude(_ result: SubjectOutcome.Result, next: Next) -> (SubjectOutcome, PersonKey?) {
        stage = .recording
        self.next = next
        records = []
        let outcome = SubjectOutcome(
            key: write.key,
            through: write.through,
            result: result,
            isToBeDivided: isRefusedTogether
        )
        return (outcome, person.take())
    }
}

extension Failure.Kind {
    /// Which of several failures of one subject decides: what may still be mended comes before what is final.
    var urgency: Int {
        switch self {
        case .orgPause: 0
        case .transient: 1
        case .ambiguous: 2
        case .cancelled: 3
        case .repairable: 4
        case .configuration: 5
        case .batch, .record: 6
        case .convertedLead: 7
        }
    }
}
