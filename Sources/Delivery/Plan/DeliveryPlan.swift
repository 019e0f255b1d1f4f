package import Consent
import DequeModule

/// Decides who is looked up and written next, in which batch, and when again.
///
/// It is told what changed, what calls reported and the time; it answers with actions, one by one, until it says to sleep or wait.
/// It does nothing itself and the same inputs and seed give the same actions.
package struct DeliveryPlan: Sendable {
    let options: DeliveryOptions
    var generator: SeededGenerator
    /// Never shrinks: a configuration's place is its index, and ids are not used again.
    var configurations: [ConfigurationState] = []
    var orgs: [OrgState] = []
    var calls: [CallID: CallState] = [:]
    var takes: [CallID: Take] = [:]
    var locks = LockTable()
    var pending: Deque<Action> = []
    var outcomes: [SubjectOutcome] = []
    var isStopping = false
    /// When the first changes came: what began before them began in another process.
    private var startedAt: Timestamp?
    private var indexes: [ConfigurationID: Int] = [:]
    private var orgIndexes: [OrgKey: Int] = [:]
    private var origins: [String: Int] = [:]
    private var lastCallID: UInt64 = 0

    package init(options: DeliveryOptions = DeliveryOptions(), seed: UInt64) {
        self.options = options
        generator = SeededGenerator(seed: seed)
    }

    /// What to do now.
    package enum Action: Sendable {
        case call(DeliveryCall)
        /// Record these outcomes, then say so to `recorded`.
        case record([SubjectOutcome])
        case condition(ConfigurationCondition, ConfigurationID)
        /// Record that a job is over; its outcomes came before.
        case jobEnded(String, ConfigurationID)
        /// Nothing to do before this moment, unless something is reported.
        case sleep(until: Timestamp)
        /// Nothing to do until something is reported.
        case wait
    }

    /// The next thing to do; ask again until it is `sleep` or `wait`.
    package mutating func next(at now: Timestamp) -> Action {
        if let action = takePending() { return action }
        var wakeAt: Timestamp?
        if !isStopping {
            for org in orgs.indices {
                while orgs[org].isDirty || orgs[org].wakeAt.map({ $0 <= now }) ?? false {
                    evaluate(org: org, at: now)
                }
                wakeAt = [wakeAt, orgs[org].wakeAt].compactMap(\.self).min()
            }
        }
        if let action = takePending() { return action }
        return wakeAt.map { .sleep(until: $0) } ?? .wait
    }

    /// Takes in what changed in the store; answers with the configurations whose status it must be told.
    package mutating func changed(_ changes: [OutboxChange], at now: Timestamp) -> [ConfigurationID] {
        var unknown: [ConfigurationID] = []
        startedAt = startedAt ?? now
        for change in changes {
            switch change {
            case .configuration(let id):
                if !unknown.contains(id) { unknown.append(id) }
            case .ready(let entry):
                if indexes[entry.key.configuration] == nil, !unknown.contains(entry.key.configuration) {
                    unknown.append(entry.key.configuration)
                }
                ready(entry, at: now)
            case .gone(let key): gone(key)
            case .job(let job, let writes): resume(job, writes, at: now)
            }
        }
        return unknown
    }

    /// Takes in that these outcomes are durable.
    package mutating func recorded(_ outcomes: [SubjectOutcome], at now: Timestamp) {
        for outcome in outcomes {
            guard let index = indexes[outcome.key.configuration] else { continue }
            recorded(slot: outcome.key.slot, of: index, at: now)
        }
    }

    /// Starts no call any more; outcomes of those that are out are still taken in and recorded.
    package mutating func stop() {
        isStopping = true
        let calls = pending.compactMap { action in
            if case .call(let call) = action { call } else { nil }
        }
        pending.removeAll { action in
            if case .call = action { true } else { false }
        }
        for call in calls { abandon(call.id) }
        for index in configurations.indices { releaseIdle(of: index) }
    }

    // MARK: Places

    func index(of id: ConfigurationID) -> Int? { indexes[id] }

    mutating func place(of id: ConfigurationID) -> Int {
        if let index = indexes[id] { return index }
        configurations.append(ConfigurationState(id: id))
        indexes[id] = configurations.count - 1
        return configurations.count - 1
    }

    mutating func orgPlace(of configuration: Configuration) -> Int {
        let key = OrgKey(origin: configuration.origin, clientID: configuration.clientID)
        if let index = orgIndexes[key] { return index }
        let origin = originPlace(configuration.origin)
        orgs.append(OrgState(origin: origin, name: configuration.origin))
        orgIndexes[key] = orgs.count - 1
        return orgs.count - 1
    }

    mutating func originPlace(_ origin: String) -> Int {
        let place = origins[origin] ?? origins.count
        origins[origin] = place
        return place
    }

    mutating func nextCallID() -> CallID {
        lastCallID += 1
        return CallID(lastCallID)
    }

    /// A random number in 0..<1; one for a whole call, so that what failed together is tried again together.
    mutating func jitter() -> Double {
        Double.random(in: 0..<1, using: &generator)
    }

    /// Lets every org of an origin look for calls again, since they share records.
    mutating func touch(origin: Int) {
        for org in orgs.indices where orgs[org].origin == origin { orgs[org].isDirty = true }
    }

    // MARK: Changes

    private mutating func ready(_ entry: OutboxEntry, at now: Timestamp) {
        let index = place(of: entry.key.configuration)
        if let creation = entry.creationStartedAt, let startedAt, creation < startedAt {
            configurations[index].lostCreations[entry.key.slot] = creation + options.creationSettles
        }
        guard configurations[index].active[entry.key.slot] == nil else {
            configurations[index].active[entry.key.slot]?.newer = entry
            giveWay(slot: entry.key.slot, of: index)
            return
        }
        wait(entry, in: index, at: now)
    }

    mutating func wait(_ entry: OutboxEntry, in index: Int, at now: Timestamp) {
        let slot = entry.key.slot
        let known = configurations[index].waiting[slot]
        // Told again what is known already: it may be in the queue by now, before its time.
        if let known, known.dueAt == entry.dueAt, known.attempts == entry.attempts,
            known.isWithdrawal == entry.isWithdrawal
        {
            return
        }
        var subject = WaitingSubject(
            acceptedAt: entry.acceptedAt,
            dueAt: entry.dueAt,
            attempts: entry.attempts,
            // A fresh choice has all of the tries.
            ambiguousTries: entry.attempts == 0 ? 0 : known?.ambiguousTries ?? 0,
            isWithdrawal: entry.isWithdrawal,
            // What waited before a restart waited for its org more likely than not.
            followsOrg: known.map { $0.dueAt == entry.dueAt && $0.followsOrg } ?? true
        )
        if entry.isParked, known == nil, followsAnswer(of: index, at: now) { subject.dueAt = nil }
        insert(subject, slot: slot, in: index, at: now)
    }

    mutating func insert(_ subject: WaitingSubject, slot: UInt32, in index: Int, at now: Timestamp) {
        guard !configurations[index].isDeleted else { return }
        var subject = subject
        if configurations[index].runningSince.map({ subject.acceptedAt < $0 }) ?? true { subject.hasWaited = true }
        configurations[index].waiting.insert(subject, slot: slot, at: now)
        noteReadiness(of: index, at: now)
        touchOrg(of: index)
    }

    mutating func noteReadiness(of index: Int, at now: Timestamp) {
        if configurations[index].waiting.readyCount(withdrawalsOnly: false) == 0 {
            configurations[index].readySince = nil
        } else if configurations[index].readySince == nil {
            configurations[index].readySince = now
        }
    }

    mutating func touchOrg(of index: Int) {
        guard configurations[index].configuration != nil else { return }
        orgs[configurations[index].org].isDirty = true
    }

    private mutating func gone(_ key: SubjectKey) {
        guard let index = indexes[key.configuration] else { return }
        configurations[index].waiting.remove(slot: key.slot)
        configurations[index].partials[key.slot] = nil
        configurations[index].active[key.slot]?.newer = nil
    }

    private mutating func recorded(slot: UInt32, of index: Int, at now: Timestamp) {
        guard let active = configurations[index].active[slot], active.stage == .recording else { return }
        configurations[index].active[slot] = nil
        touchOrg(of: index)
        if case .wait(var subject) = active.next {
            if active.newer?.isWithdrawal == true { subject.isWithdrawal = true }
            insert(subject, slot: slot, in: index, at: now)
        } else if let newer = active.newer {
            wait(newer, in: index, at: now)
        }
    }

    private mutating func takePending() -> Action? {
        if !outcomes.isEmpty {
            defer { outcomes = [] }
            return .record(outcomes)
        }
        return pending.popFirst()
    }
}
