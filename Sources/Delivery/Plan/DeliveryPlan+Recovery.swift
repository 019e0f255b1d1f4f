import Consent

/// Breakers and what follows when an org answers again.
extension DeliveryPlan {
    /// Whether a call of this configuration may start, and whether it is a trial.
    enum Permission: Hashable {
        case free
        /// A breaker is half-open: this call alone.
        case trial
        case denied(until: Timestamp?)
    }

    func permission(for index: Int, at now: Timestamp) -> Permission {
        let state = configurations[index]
        let org = orgs[state.org]
        if let until = org.breaker.openUntil {
            // A configuration that never failed may ask at once: the trouble may be another's alone.
            let isUnburdened = state.breaker.isClosed && state.breaker.failures == 0 && org.configurations.count > 1
            if now < until, !isUnburdened { return .denied(until: until) }
            if org.callsInFlight > 0 { return .denied(until: nil) }
        }
        if let until = state.breaker.openUntil {
            if now < until { return .denied(until: until) }
            if state.callsInFlight > 0 { return .denied(until: nil) }
        }
        return org.breaker.isClosed && state.breaker.isClosed ? .free : .trial
    }

    /// Notes that a whole call did not get through.
    mutating func noteOutage(_ call: CallState, _ failure: Failure, at now: Timestamp) {
        let index = call.configuration
        if call.isTrial, orgs[call.org].isProbed { orgs[call.org].isProbeMisleading = true }
        // One configuration in trouble opens its org's breaker once; afterwards only its own.
        let isTelling =
            configurations[index].breaker.failures < options.breakerFailures || !orgs[call.org].breaker.isClosed
        let (options, notBefore) = (options, notBefore(failure, at: now))
        configurations[index].breaker.failed(
            isTrial: call.isTrial,
            notBefore: notBefore,
            options: options,
            at: now
        )
        if isTelling {
            orgs[call.org].breaker.failed(isTrial: call.isTrial, notBefore: notBefore, options: options, at: now)
        }
        if !configurations[index].breaker.isClosed { releaseIdle(of: index) }
        guard !orgs[call.org].breaker.isClosed else { return }
        for other in orgs[call.org].configurations { releaseIdle(of: other) }
    }

    /// The moment before which the org wants no call; nil where it did not say so.
    func notBefore(_ failure: Failure, at now: Timestamp) -> Timestamp? {
        options.schedule.floor(failure.retryAfter, failedAt: failure.moment(at: now))
    }

    /// Notes that the org answered; what waited for it need not wait any more.
    mutating func noteAnswer(_ call: CallState, at now: Timestamp) {
        let index = call.configuration
        if configurations[index].breaker.succeeded() {
            configurations[index].waiting.drain()
            noteRunning(index, at: now)
        }
        orgs[call.org].hasAnswered = true
        orgs[call.org].isProbed = false
        orgs[call.org].isProbeMisleading = false
        if orgs[call.org].breaker.succeeded() {
            for other in orgs[call.org].configurations where !configurations[other].breaker.isClosed {
                configurations[other].breaker.halfOpen(at: now)
            }
            drain(org: call.org)
            for other in orgs[call.org].configurations { noteRunning(other, at: now) }
        }
        orgs[call.org].isDirty = true
    }

    /// Notes that a configuration runs again: whatever waits by now has waited for that.
    mutating func noteRunning(_ index: Int, at now: Timestamp) {
        configurations[index].runningSince = now
        configurations[index].waiting.markWaited()
    }

    mutating func drain(org: Int) {
        for index in orgs[org].configurations { configurations[index].waiting.drain() }
        orgs[org].isDirty = true
    }

    /// Whether a subject that was parked before the start, or before a hold, need not wait since its org answers.
    ///
    /// An org that was not called since the start is asked first, by one call.
    mutating func followsAnswer(of index: Int, at now: Timestamp) -> Bool {
        guard configurations[index].configuration != nil else {
            configurations[index].suspectsOutage = true
            return false
        }
        let org = configurations[index].org
        guard orgs[org].breaker.isClosed, configurations[index].breaker.isClosed else { return false }
        if orgs[org].hasAnswered { return true }
        suspectOutage(of: index, at: now)
        return false
    }

    mutating func suspectOutage(of index: Int, at now: Timestamp) {
        configurations[index].suspectsOutage = false
        let org = configurations[index].org
        if orgs[org].hasAnswered {
            configurations[index].waiting.drain()
        } else if orgs[org].breaker.isClosed {
            orgs[org].breaker.halfOpen(at: now)
        }
        orgs[org].isDirty = true
    }

    /// Asks an org that did not answer whether it does now, when nothing else is going to ask soon.
    mutating func startRecoveryProbe(org: Int, at now: Timestamp) {
        let state = orgs[org]
        guard let until = state.breaker.openUntil, state.pause == nil, state.probe == nil, state.callsInFlight == 0,
            !state.isProbeMisleading
        else { return }
        let runnable = state.configurations.filter { configurations[$0].isRunnable }
        let hasWork = runnable.contains { index in
            configurations[index].waiting.readyCount(withdrawalsOnly: false) > 0
                || !configurations[index].active.isEmpty || configurations[index].waiting.isDraining
        }
        guard !hasWork, let due = runnable.compactMap({ configurations[$0].waiting.nextDueAt }).min() else { return }
        let soon = now + (options.schedule.retries.last ?? .zero)
        guard due > soon else { return }
        guard until <= now else {
            wake(org: org, at: until)
            return
        }
        orgs[org].turn += 1
        let index = runnable[orgs[org].turn % runnable.count]
        let probe = startProbe(index, at: now)
        orgs[org].probe = probe
    }

    /// Reads the allocation again while it keeps grants waiting.
    mutating func startUsageProbe(org: Int, at now: Timestamp) {
        guard orgs[org].usedShare() >= options.withdrawalsOnlyUsage else {
            orgs[org].usageProbeAt = nil
            return
        }
        guard orgs[org].probe == nil,
            let index = orgs[org].configurations.first(where: { index in
                configurations[index].isRunnable && configurations[index].waiting.readyGrants > 0
            })
        else { return }
        let due = orgs[org].usageProbeAt ?? now + options.usageRefresh
        guard due <= now else {
            orgs[org].usageProbeAt = due
            wake(org: org, at: due)
            return
        }
        orgs[org].usageProbeAt = now + options.usageRefresh
        let probe = startProbe(index, at: now)
        orgs[org].probe = probe
    }
}
