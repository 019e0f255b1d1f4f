package import Consent

/// What calls report.
extension DeliveryPlan {
    /// Takes in what a lookup reported.
    package mutating func finished(_ id: CallID, find report: CallReport<FindOutcome>, at now: Timestamp) {
        guard let call = calls[id] else { return }
        guard begin(call, report, failures: report.outcomes.map(\.failure), at: now) else { return }
        let draw = jitter()
        for (item, outcome) in zip(call.items, report.outcomes) {
            configurations[call.configuration].active[item.slot]?.outstanding = 0
            switch outcome {
            case .found(let records): found(records, slot: item.slot, of: call.configuration, at: now)
            case .notFound: notFound(slot: item.slot, call, jitter: draw, at: now)
            case .converted: skip(slot: item.slot, of: call.configuration, reason: .convertedLead, at: now)
            case .failed(let failure):
                note(call, usage: nil, failure: failure)
                configurations[call.configuration].active[item.slot]?.failures = [failure]
                settle(slot: item.slot, call, isWhole: false, jitter: draw, at: now)
            }
        }
        continueHalving(call, hasSucceeded: true, at: now)
    }

    /// Takes in what an update or a creation reported.
    package mutating func finished(_ id: CallID, write report: CallReport<WriteOutcome>, at now: Timestamp) {
        guard let call = calls[id] else { return }
        guard begin(call, report, failures: report.outcomes.map(\.failure), at: now) else { return }
        settle(report.outcomes, of: call, at: now)
        continueHalving(call, hasSucceeded: true, at: now)
    }

    /// Takes in what a job wrote.
    mutating func take(_ outcomes: [WriteOutcome], of job: CallState, at now: Timestamp) {
        let report = CallReport(outcomes: outcomes, calls: 0)
        guard begin(job, report, failures: outcomes.map(\.failure), at: now) else { return }
        settle(outcomes, of: job, at: now)
    }

    private mutating func settle(_ outcomes: [WriteOutcome], of call: CallState, at now: Timestamp) {
        unlock(call.items, of: call)
        let index = call.configuration
        for (item, outcome) in zip(call.items, outcomes) {
            // One access for each item: a subject is moved out of its table and back by every one.
            configurations[index].active[item.slot]?.take(outcome)
            switch outcome {
            case .written:
                configurations[index].holdNumber = 0
                orgs[call.org].pauseNumber = 0
            case .unchanged: break
            case .failed(let failure): note(call, usage: nil, failure: failure)
            }
        }
        settle(call.items, call, isWhole: false, at: now)
    }

    /// Handles what concerns the call as a whole; false when that was all.
    private mutating func begin<Outcome>(
        _ call: CallState,
        _ report: CallReport<Outcome>,
        failures: [Failure?],
        at now: Timestamp
    ) -> Bool {
        note(call, usage: report.usage, failure: report.failure)
        if let failure = report.failure {
            failed(call, failure, calls: report.calls, at: now)
            return false
        }
        guard report.outcomes.count == call.items.count else {
            let attempt = Attempt(at: now, errorCode: "RESULT_COUNT_MISMATCH")
            let failure = Failure(
                kind: .transient,
                reason: "RESULT_COUNT_MISMATCH",
                attempt: attempt,
                mayHaveBeenWritten: true
            )
            failed(call, failure, calls: report.calls, at: now)
            return false
        }
        // What a job left alone says nothing of what it refused.
        let answers = call.kind == .bulk ? failures.filter { $0?.kind != .cancelled } : failures
        if let first = answers.first, let failure = first, answers.allSatisfy({ $0?.kind == .configuration }) {
            failed(call, failure, calls: report.calls, at: now)
            return false
        }
        if report.calls > 0 { noteAnswer(call, at: now) }
        if let paused = failures.compactMap(\.self).first(where: { $0.kind == .orgPause }) {
            pause(org: call.org, for: paused, at: now)
        }
        return true
    }

    private mutating func failed(_ call: CallState, _ failure: Failure, calls: Int, at now: Timestamp) {
        let index = call.configuration
        switch failure.kind {
        case .batch, .record:
            noteAnswer(call, at: now)
            if call.items.count > 1 {
                halve(call, at: now)
            } else if let item = call.items.first {
                self.calls[call.id]?.culprits.append(CallState.Culprit(item: item, failure: failure))
                continueHalving(call, hasSucceeded: false, at: now)
            }
            return
        case .transient: noteOutage(call, failure, at: now)
        case .orgPause: pause(org: call.org, for: failure, at: now)
        case .configuration:
            noteAnswer(call, at: now)
            hold(index, for: failure, at: now)
        case .repairable, .convertedLead, .ambiguous: noteAnswer(call, at: now)
        case .cancelled: break
        }
        unlock(call.items, of: call)
        for item in call.items {
            configurations[index].active[item.slot]?.outstanding -= 1
            configurations[index].active[item.slot]?.failures.append(failure)
        }
        settle(call.items, call, isWhole: true, at: now)
        continueHalving(call, hasSucceeded: false, at: now)
    }

    /// Settles every subject of which nothing is out any more.
    mutating func settle(_ items: [CallItem], _ call: CallState, isWhole: Bool, at now: Timestamp) {
        let draw = jitter()
        var seen: Set<UInt32> = []
        for item in items where seen.insert(item.slot).inserted {
            settle(slot: item.slot, call, isWhole: isWhole, jitter: draw, at: now)
        }
    }

    // MARK: Halving

    /// Sends the first half of a refused batch, the second one after it.
    ///
    /// One after the other, since halves share parents: for one culprit in 200 that makes 17 calls at most.
    private mutating func halve(_ call: CallState, at now: Timestamp) {
        let middle = (call.items.count + 1) / 2
        calls[call.id]?.parts += [Array(call.items[middle...]), Array(call.items[..<middle])]
        calls[call.id]?.items = []
        continueHalving(call, hasSucceeded: false, at: now)
    }

    /// Whether a part of an earlier batch holds grants while only withdrawals may go out.
    private func usesReserve(_ items: [CallItem], of call: CallState) -> Bool {
        guard orgs[call.org].usedShare() >= options.withdrawalsOnlyUsage else { return false }
        let active = configurations[call.configuration].active
        return !items.allSatisfy { active[$0.slot]?.write.isWithdrawal ?? true }
    }

    private mutating func continueHalving(_ call: CallState, hasSucceeded: Bool, at now: Timestamp) {
        guard var state = calls[call.id] else { return }
        state.hasSucceeded = state.hasSucceeded || hasSucceeded
        calls[call.id] = state
        let index = state.configuration
        let isSystematic = !state.hasSucceeded && state.culprits.count >= options.culpritsMax
        if isSystematic, let failure = state.culprits.first?.failure {
            // Nothing of the batch is accepted: the records are not to blame.
            var blame = failure
            blame.kind = .configuration
            hold(index, for: blame, at: now)
            finishCulprits(of: call.id, as: .cancelled, at: now)
        } else if state.hasSucceeded || state.parts.isEmpty {
            finishCulprits(of: call.id, as: .record, at: now)
        }
        let mayGoOn = isRunnable(index) && configurations[index].breaker.isClosed && orgs[state.org].breaker.isClosed
        guard mayGoOn, let part = calls[call.id]?.parts.last, !usesReserve(part, of: state) else {
            finishCulprits(of: call.id, as: .record, at: now)
            let rest = calls[call.id]?.parts.flatMap(\.self) ?? []
            unlock(rest, of: state)
            for item in rest {
                configurations[index].active[item.slot]?.outstanding -= 1
                configurations[index].active[item.slot]?.failures.append(.untouched(at: now))
            }
            settle(rest, state, isWhole: false, at: now)
            end(call.id)
            return
        }
        calls[call.id]?.parts.removeLast()
        calls[call.id]?.items = part
        requestItems(of: call.id)
    }

    private mutating func finishCulprits(of id: CallID, as kind: Failure.Kind, at now: Timestamp) {
        guard let call = calls[id], !call.culprits.isEmpty else { return }
        calls[id]?.culprits = []
        let items = call.culprits.map(\.item)
        unlock(items, of: call)
        for culprit in call.culprits {
            var failure = culprit.failure
            failure.kind = kind
            configurations[call.configuration].active[culprit.item.slot]?.outstanding -= 1
            configurations[call.configuration].active[culprit.item.slot]?.failures.append(failure)
        }
        settle(items, call, isWhole: false, at: now)
    }
}

extension ActiveSubject {
    /// Takes in what became of one of its items.
    mutating func take(_ outcome: WriteOutcome) {
        outstanding -= 1
        switch outcome {
        case .written(let recordID, let isCreated, let attempt):
            written.append(recordID)
            lastAttempt = attempt
            if isCreated { self.isCreated = true }
        case .unchanged(let recordID, let attempt):
            written.append(recordID)
            lastAttempt = attempt
        case .failed(let failure): failures.append(failure)
        }
    }
}

extension Failure {
    /// For what was not tried at all.
    static func untouched(at now: Timestamp) -> Failure {
        Failure(kind: .cancelled, reason: "RELEASED", attempt: Attempt(at: now))
    }
}

extension FindOutcome {
    /// Why the lookup of this person failed; nil when it did not.
    var failure: Failure? {
        guard case .failed(let failure) = self else { return nil }
        return failure
    }
}

extension WriteOutcome {
    /// Why the record was not written; nil when it was.
    var failure: Failure? {
        guard case .failed(let failure) = self else { return nil }
        return failure
    }
}
