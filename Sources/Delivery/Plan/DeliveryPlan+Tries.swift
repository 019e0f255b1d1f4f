import Consent
import DequeModule

/// How a subject comes to wait again.
extension DeliveryPlan {
    /// Spends an attempt: the subject is tried again by the schedule.
    mutating func spend(
        slot: UInt32,
        _ call: CallState,
        _ failure: Failure,
        isWhole: Bool,
        jitter: Double,
        at now: Timestamp
    ) {
        let index = call.configuration
        guard let active = configurations[index].active[slot] else { return }
        let attempts = active.write.attempts + 1
        let failedAt = failure.moment(at: now)
        let isAmbiguous = failure.kind == .ambiguous
        let ambiguousTries = ambiguousTries(of: active, before: failure)
        let step =
            isAmbiguous
            ? options.schedule.afterAmbiguous(
                tries: ambiguousTries,
                failedAt: failedAt,
                retryAfter: failure.retryAfter,
                jitter: jitter
            )
            : options.schedule.afterTransient(
                attempts: attempts,
                startedAt: call.startedAt,
                failedAt: failedAt,
                retryAfter: failure.retryAfter,
                jitter: jitter
            )
        var floor = failedAt
        if let person = active.person, let until = locks.unsettledUntil(person, at: now) { floor = until }
        keepPartial(slot: slot, of: index, at: now)
        var subject = WaitingSubject(active, attempts: attempts, followsOrg: isWhole)
        if isAmbiguous { subject.ambiguousTries = UInt8(clamping: ambiguousTries + 1) }
        switch step {
        case .giveUp:
            conclude(slot: slot, of: index, .failed(reason: failure.reason, failure.attempt))
        case .retry(let due):
            let due = max(due, floor)
            subject.dueAt = due
            let result = SubjectOutcome.Result.retrying(
                reason: failure.reason,
                attempts: attempts,
                dueAt: due,
                failure.attempt
            )
            conclude(slot: slot, of: index, result, next: .wait(subject))
        case .park(let due):
            let due = max(due, floor)
            subject.dueAt = due
            let result = SubjectOutcome.Result.parked(
                reason: failure.reason,
                attempts: attempts,
                dueAt: due,
                failure.attempt
            )
            conclude(slot: slot, of: index, result, next: .wait(subject))
        }
    }

    /// How many ambiguous failures there were before this one.
    ///
    /// Their number is not written down. Where nothing else has failed the wait after the last of them tells it, so that
    /// a restart does not give all of the tries again.
    private func ambiguousTries(of active: ActiveSubject, before failure: Failure) -> Int {
        let known = Int(active.ambiguousTries)
        let attempts = active.write.attempts
        guard let last = active.write.lastFailure, last.errorCode == failure.attempt.errorCode,
            options.schedule.areAmbiguous(attempts: attempts, wait: last.wait)
        else { return known }
        return max(known, attempts)
    }

    /// Lets a subject wait without spending an attempt.
    mutating func postpone(
        slot: UInt32,
        of index: Int,
        reason: String,
        until: Timestamp,
        _ attempt: Attempt
    ) {
        guard let active = configurations[index].active[slot] else { return }
        keepPartial(slot: slot, of: index, at: attempt.at)
        var subject = WaitingSubject(active, attempts: active.write.attempts, followsOrg: true)
        subject.dueAt = until
        let result = SubjectOutcome.Result.retrying(
            reason: reason,
            attempts: active.write.attempts,
            dueAt: until,
            attempt
        )
        conclude(slot: slot, of: index, result, next: .wait(subject))
    }

    /// Gives a subject back untried.
    mutating func release(slot: UInt32, of index: Int) {
        guard let active = configurations[index].active[slot], active.stage != .recording else { return }
        if !active.written.isEmpty { keepPartial(slot: slot, of: index, at: active.readySince) }
        let subject = WaitingSubject(active, attempts: active.write.attempts, followsOrg: false)
        conclude(slot: slot, of: index, .released, next: .wait(subject))
    }

    /// Gives back every subject that is in no call: its configuration or org cannot take it now.
    mutating func releaseIdle(of index: Int, grantsOnly: Bool = false) {
        let idle = configurations[index].active.filter { _, active in
            if grantsOnly, active.write.isWithdrawal { return false }
            return switch active.stage {
            case .blocked, .lookup, .update, .creation, .gathered: true
            case .taking, .calling, .recording: false
            }
        }
        guard !idle.isEmpty else { return }
        configurations[index].lookups.removeAll { idle[$0] != nil }
        configurations[index].updates.removeAll { idle[$0] != nil }
        configurations[index].creations.removeAll { idle[$0] != nil }
        stopGathering(of: index, without: Set(idle.keys))
        // In order of the slots, so that the same inputs give the same actions.
        for slot in idle.keys.sorted() { releaseOrRetry(slot: slot, of: index) }
    }

    private mutating func releaseOrRetry(slot: UInt32, of index: Int) {
        guard let active = configurations[index].active[slot] else { return }
        guard let failure = active.unknownCreation else {
            release(slot: slot, of: index)
            return
        }
        let call = CallState(
            id: CallID(0),
            configuration: index,
            org: configurations[index].org,
            origin: orgs[configurations[index].org].origin,
            kind: .create,
            items: [],
            startedAt: failure.attempt.at
        )
        let draw = jitter()
        spend(slot: slot, call, failure, isWhole: true, jitter: draw, at: failure.attempt.at)
    }
}

extension WaitingSubject {
    init(_ active: ActiveSubject, attempts: Int, followsOrg: Bool) {
        self.init(
            acceptedAt: active.acceptedAt,
            attempts: attempts,
            ambiguousTries: active.ambiguousTries,
            isWithdrawal: active.write.isWithdrawal,
            followsOrg: followsOrg,
            hasWaited: active.hasWaited
        )
    }
}
