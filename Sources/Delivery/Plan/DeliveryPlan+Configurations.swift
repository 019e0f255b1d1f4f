package import Consent

extension DeliveryPlan {
    /// Takes in a configuration as it is now; nil when it was deleted.
    ///
    /// The plan follows the stored condition when it first sees a configuration and whenever the configuration itself changed;
    /// otherwise its own is the newer one.
    package mutating func configuration(_ id: ConfigurationID, status: ConfigurationStatus?, at now: Timestamp) {
        let index = place(of: id)
        guard let status else {
            delete(index, at: now)
            return
        }
        let old = configurations[index].configuration
        guard old != status.configuration else {
            if !configurations[index].condition.isSameKind(as: status.condition) {
                pending.append(.condition(configurations[index].condition, id))
            }
            return
        }
        configurations[index].isDeleted = false
        configurations[index].configuration = status.configuration
        move(index, from: old, to: status.configuration)
        adopt(status.condition, of: index, isFirst: old == nil, at: now)
        if old != nil {
            // Whoever changed it may have mended what kept its subjects waiting.
            configurations[index].breaker = CircuitBreaker()
            configurations[index].waiting.drain()
        }
        if configurations[index].suspectsOutage { suspectOutage(of: index, at: now) }
        noteRunning(index, at: now)
        if !isRunnable(index) { releaseIdle(of: index) }
        touchOrg(of: index)
    }

    /// Whether calls for this configuration may start, its breakers aside.
    func isRunnable(_ index: Int) -> Bool {
        configurations[index].isRunnable && orgs[configurations[index].org].pause == nil && !isStopping
    }

    private mutating func move(_ index: Int, from old: Configuration?, to new: Configuration) {
        let org = orgPlace(of: new)
        if old != nil {
            guard configurations[index].org != org else { return }
            let former = configurations[index].org
            orgs[former].configurations.removeAll { $0 == index }
            orgs[former].isDirty = true
            // What was found there is not there any more.
            releaseIdle(of: index)
            configurations[index].partials = [:]
        }
        configurations[index].org = org
        if !orgs[org].configurations.contains(index) { orgs[org].configurations.append(index) }
    }

    private mutating func adopt(_ condition: ConfigurationCondition, of index: Int, isFirst: Bool, at now: Timestamp) {
        let org = configurations[index].org
        configurations[index].condition = condition
        configurations[index].hold = nil
        switch condition {
        case .running:
            configurations[index].holdNumber = 0
        case .held(let reason, let message, let probeAt, let attempt):
            configurations[index].hold = Pause(until: probeAt, reason: reason, message: message, attempt: attempt)
        case .waiting(let reason, let message, let until, let attempt):
            if isFirst, orgs[org].pause == nil {
                orgs[org].pause = Pause(until: until, reason: reason, message: message, attempt: attempt)
            }
        }
        tellCondition(of: index)
    }

    private mutating func delete(_ index: Int, at now: Timestamp) {
        let hadConfiguration = configurations[index].configuration != nil
        configurations[index].isDeleted = true
        configurations[index].waiting.removeAll()
        configurations[index].partials = [:]
        configurations[index].lostCreations = [:]
        configurations[index].readySince = nil
        configurations[index].hold = nil
        guard hadConfiguration else { return }
        releaseIdle(of: index)
        touchOrg(of: index)
        let org = configurations[index].org
        orgs[org].configurations.removeAll { $0 == index }
        configurations[index].configuration = nil
        // Nobody can ask for its job any more, and the store has forgotten it.
        finishJob(of: index, [], at: now)
        configurations[index].bulk = nil
    }

    // MARK: Holding and waiting

    /// Holds a configuration that needs an administrator; its subjects wait untouched.
    mutating func hold(_ index: Int, for failure: Failure, at now: Timestamp) {
        guard configurations[index].hold == nil, configurations[index].configuration != nil else { return }
        let until = nextProbe(configurations[index].holdNumber, after: failure, at: now)
        configurations[index].holdNumber += 1
        configurations[index].hold = Pause(failure, until: until)
        tellCondition(of: index)
        releaseIdle(of: index)
        touchOrg(of: index)
    }

    /// Lets a whole org wait until a probe succeeds.
    mutating func pause(org: Int, for failure: Failure, at now: Timestamp) {
        guard orgs[org].pause == nil else { return }
        let until = nextProbe(orgs[org].pauseNumber, after: failure, at: now)
        orgs[org].pauseNumber += 1
        orgs[org].pause = Pause(failure, until: until)
        for index in orgs[org].configurations {
            tellCondition(of: index)
            releaseIdle(of: index)
        }
        orgs[org].isDirty = true
    }

    /// Tells the store the condition that follows from hold and pause, if it does not know it.
    mutating func tellCondition(of index: Int) {
        let state = configurations[index]
        guard state.configuration != nil else { return }
        let condition: ConfigurationCondition
        if let hold = state.hold {
            condition = .held(reason: hold.reason, message: hold.message, probeAt: hold.until, hold.attempt)
        } else if let pause = orgs[state.org].pause {
            condition = .waiting(
                reason: pause.reason,
                message: pause.message,
                until: pause.until,
                pause.attempt
            )
        } else {
            condition = .running
        }
        guard condition != state.condition else { return }
        configurations[index].condition = condition
        pending.append(.condition(condition, state.id))
    }

    // MARK: Probes

    /// When the probe with this number is due, the first being 0: no sooner than the org wants one.
    private func nextProbe(_ number: Int, after failure: Failure, at now: Timestamp) -> Timestamp {
        let due = failure.moment(at: now) + options.schedule.probeGap(number)
        return max(due, notBefore(failure, at: now) ?? due)
    }

    /// Starts the probes of an org that are due and notes when the others are.
    mutating func startProbes(org: Int, at now: Timestamp) {
        for index in orgs[org].configurations {
            guard let hold = configurations[index].hold, hold.probe == nil,
                configurations[index].configuration?.isPaused == false
            else { continue }
            guard hold.until <= now else {
                wake(org: org, at: hold.until)
                continue
            }
            let probe = startProbe(index, at: now)
            configurations[index].hold?.probe = probe
        }
        guard let pause = orgs[org].pause else {
            startUsageProbe(org: org, at: now)
            return
        }
        guard pause.probe == nil else { return }
        guard pause.until <= now else {
            wake(org: org, at: pause.until)
            return
        }
        let candidates = orgs[org].configurations.filter { configurations[$0].isRunnable }
        guard !candidates.isEmpty else { return }
        orgs[org].turn += 1
        let index = candidates[orgs[org].turn % candidates.count]
        let probe = startProbe(index, at: now)
        orgs[org].pause?.probe = probe
    }

    mutating func startProbe(_ index: Int, at now: Timestamp) -> CallID {
        let id = start(.probe, items: [], of: index, at: now)
        request(.probe, for: id)
        return id
    }

    /// Takes in what a probe reported.
    package mutating func finished(_ id: CallID, probe report: CallReport<Never>, at now: Timestamp) {
        guard let call = calls[id] else { return }
        note(call, usage: report.usage, failure: report.failure)
        end(id)
        if configurations[call.configuration].hold?.probe == id {
            finishHoldProbe(call, failure: report.failure, at: now)
        }
        if orgs[call.org].pause?.probe == id {
            finishPauseProbe(call, failure: report.failure, at: now)
        }
        if orgs[call.org].probe == id {
            orgs[call.org].probe = nil
            if !orgs[call.org].breaker.isClosed { finishRecoveryProbe(call, failure: report.failure, at: now) }
        }
        orgs[call.org].isDirty = true
    }

    private mutating func finishHoldProbe(_ call: CallState, failure: Failure?, at now: Timestamp) {
        let index = call.configuration
        guard let hold = configurations[index].hold else { return }
        configurations[index].hold = nil
        if let failure {
            if failure.kind == .orgPause { pause(org: call.org, for: failure, at: now) }
            let isTelling = failure.kind == .configuration
            let until = nextProbe(configurations[index].holdNumber, after: failure, at: now)
            configurations[index].holdNumber += 1
            configurations[index].hold = isTelling ? Pause(failure, until: until) : hold.renewed(until: until)
        } else {
            // One call must succeed before the others follow.
            configurations[index].breaker.halfOpen(at: now)
        }
        tellCondition(of: index)
    }

    private mutating func finishPauseProbe(_ call: CallState, failure: Failure?, at now: Timestamp) {
        guard let pause = orgs[call.org].pause else { return }
        if let failure {
            let until = nextProbe(orgs[call.org].pauseNumber, after: failure, at: now)
            orgs[call.org].pauseNumber += 1
            let isTelling = failure.kind == .orgPause
            orgs[call.org].pause = isTelling ? Pause(failure, until: until) : pause.renewed(until: until)
            if failure.kind == .configuration { hold(call.configuration, for: failure, at: now) }
        } else {
            orgs[call.org].pause = nil
            orgs[call.org].breaker.halfOpen(at: now)
            drain(org: call.org)
        }
        for index in orgs[call.org].configurations { tellCondition(of: index) }
    }

    private mutating func finishRecoveryProbe(_ call: CallState, failure: Failure?, at now: Timestamp) {
        guard let failure else {
            orgs[call.org].isProbed = true
            orgs[call.org].breaker.halfOpen(at: now)
            drain(org: call.org)
            return
        }
        switch failure.kind {
        case .orgPause: pause(org: call.org, for: failure, at: now)
        case .configuration: hold(call.configuration, for: failure, at: now)
        default:
            let (options, notBefore) = (options, notBefore(failure, at: now))
            orgs[call.org].breaker.failed(isTrial: true, notBefore: notBefore, options: options, at: now)
        }
    }
}

extension Pause {
    init(_ failure: Failure, until: Timestamp) {
        self.init(
            until: until,
            reason: failure.reason,
            message: failure.attempt.message ?? failure.reason,
            attempt: failure.attempt
        )
    }

    func renewed(until: Timestamp) -> Pause {
        Pause(until: until, reason: reason, message: message, attempt: attempt)
    }
}

extension ConfigurationCondition {
    /// Whether both let run, both hold or both wait.
    func isSameKind(as other: ConfigurationCondition) -> Bool {
        switch (self, other) {
        case (.running, .running), (.held, .held), (.waiting, .waiting): true
        default: false
        }
    }
}
