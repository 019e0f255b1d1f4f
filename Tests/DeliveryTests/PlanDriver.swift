import Consent
import Delivery
import Testing

/// Drives a plan through virtual time against a model org and a model store, and checks at every step what must never happen.
struct PlanDriver {
    var plan: DeliveryPlan
    var org = ModelOrg()
    var now = Timestamp(milliseconds: 1_700_000_000_000)
    /// How long a call takes.
    var latency: (DeliveryCall) -> Duration = { _ in .milliseconds(100) }
    /// How long the store takes to give what is taken, and as long again the writer to remember.
    var takeLatency: () -> Duration = { .zero }
    /// How long after the end of a call the plan hears of it.
    var lateness = Duration.zero
    private(set) var open: [OpenCall] = []
    private var takes: [OpenTake] = []
    private(set) var started: [Started] = []
    private(set) var outcomes: [SubjectKey: [Told]] = [:]
    private(set) var conditions: [Condition] = []
    private(set) var violations: [String] = []
    private(set) var largestInFlight = 0
    private var subjects: [SubjectKey: StoredSubject] = [:]
    /// Jobs that are written down, by configuration.
    private(set) var jobs: [ConfigurationID: BulkJob] = [:]
    /// Subjects in each job so far.
    private(set) var jobSizes: [Int] = []
    /// In flight since before the restart.
    private var resumed: Set<SubjectKey> = []
    private var wakeAt: Timestamp?

    private let options: DeliveryOptions

    init(options: DeliveryOptions = DeliveryOptions(), seed: UInt64 = 1) {
        self.options = options
        plan = DeliveryPlan(options: options, seed: seed)
    }

    /// Tells the plan a configuration, as after a start.
    mutating func configure(_ configuration: Configuration, condition: ConfigurationCondition = .running) {
        let status = ConfigurationStatus(configuration: configuration, condition: condition)
        plan.configuration(configuration.id, status: status, at: now)
    }

    /// Accepts one event each of several people in one commit.
    mutating func publish(_ people: [Person], to configuration: Configuration) {
        var changes: [OutboxChange] = []
        for person in people {
            let key = SubjectKey(configuration: configuration.id, slot: person.slot)
            var subject = subjects[key] ?? StoredSubject(person: person.name, acceptedAt: now)
            if subject.accepted == subject.done { subject.acceptedAt = person.acceptedAt ?? now }
            subject.accepted += 1
            subject.attempts = 0
            subject.isWithdrawal = subject.isWithdrawal || person.isWithdrawal
            subjects[key] = subject
            changes.append(
                .ready(
                    OutboxEntry(
                        key: key,
                        isWithdrawal: subject.isWithdrawal,
                        acceptedAt: subject.acceptedAt,
                        attempts: subject.attempts,
                        dueAt: person.dueAt,
                        isParked: person.isParked,
                        creationStartedAt: person.creationStartedAt
                    )
                )
            )
        }
        _ = plan.changed(changes, at: now)
        pump()
    }

    /// Lets time pass, calls end and timers fire, until this much later.
    mutating func run(for duration: Duration) {
        let end = now + duration
        pump()
        while let next = nextMoment(), next <= end {
            now = max(now, next)
            step()
        }
        now = end
        pump()
    }

    /// Lets the next thing happen; false when nothing will.
    mutating func runToNextMoment() -> Bool {
        pump()
        guard let next = nextMoment() else { return false }
        now = max(now, next)
        step()
        return true
    }

    func last(_ slot: UInt32, of configuration: Configuration) -> SubjectOutcome.Result? {
        outcomes[SubjectKey(configuration: configuration.id, slot: slot)]?.last?.result
    }

    func accepted(_ key: SubjectKey) -> UInt64 { subjects[key]?.accepted ?? 0 }

    private func nextMoment() -> Timestamp? {
        [open.map(\.endsAt).min(), takes.map(\.endsAt).min(), wakeAt].compactMap(\.self).min()
    }

    private mutating func step() {
        advanceTakes()
        if let index = open.indices.filter({ open[$0].endsAt <= now }).min(by: { open[$0].endsAt < open[$1].endsAt }) {
            let call = open.remove(at: index)
            switch call.reply {
            case .none: break
            case .find(let report): plan.finished(call.call.id, find: report, at: now)
            case .write(let report): plan.finished(call.call.id, write: report, at: now)
            case .probe(let report): plan.finished(call.call.id, probe: report, at: now)
            case .opened(let report): open(report, call.call)
            case .uploaded(let report): plan.finished(call.call.id, uploaded: report, at: now)
            case .checked(let report): plan.finished(call.call.id, checked: report, at: now)
            case .aborted(let report): plan.finished(call.call.id, aborted: report, at: now)
            }
        }
        pump()
    }

    mutating func pump() {
        for _ in 0..<100_000 {
            switch plan.next(at: now) {
            case .call(let call): start(call)
            case .record(let outcomes): record(outcomes)
            case .jobEnded(let job, let id):
                if jobs[id]?.id != job { violations.append("the end of a job that is not written down: \(job)") }
                jobs[id] = nil
                plan.recordedEnd(of: id, at: now)
            case .condition(let condition, let id):
                conditions.append(Condition(at: now, id: id, condition: condition))
            case .sleep(let until):
                if until <= now { violations.append("sleeps until the past") }
                wakeAt = until
                return
            case .wait:
                wakeAt = nil
                return
            }
        }
        violations.append("never sleeps")
    }

    private mutating func start(_ call: DeliveryCall) {
        if case .take(let keys) = call.request {
            check(call, of: keys)
            takes.append(OpenTake(call: call, keys: keys, endsAt: now + takeLatency()))
            advanceTakes()
            return
        }
        check(call)
        let isLocal = if case .find = call.request { org.isCached } else { false }
        let endsAt = isLocal ? now : now + latency(call)
        let reply = org.answer(call, at: now, until: endsAt)
        started.append(Started(at: now, call: call))
        open.append(OpenCall(call: call, endsAt: endsAt + lateness, reply: reply))
        largestInFlight = max(largestInFlight, open.count)
    }

    /// Lets takes go on whose time has come: first the store gives, then the writer remembers.
    private mutating func advanceTakes() {
        while let index = takes.firstIndex(where: { $0.endsAt <= now }) {
            var take = takes.remove(at: index)
            if let people = take.people {
                plan.remembered(take.call.id, people.map { org.remembered($0) }, at: now)
                continue
            }
            let people = plan.taken(take.call.id, take.keys.compactMap { self.take($0) }, at: now)
            guard !people.isEmpty else { continue }
            take.people = people
            take.endsAt = now + takeLatency()
            takes.append(take)
        }
    }

    /// Writes a job down as the engine does, before the plan hears of it.
    private mutating func open(_ report: CallReport<String>, _ call: DeliveryCall) {
        if let id = report.outcomes.first, let job = plan.job(id, of: call.id) {
            if jobs[job.configuration] != nil { violations.append("two jobs of one configuration") }
            jobs[job.configuration] = job
            jobSizes.append(job.rows.count)
        }
        plan.finished(call.id, opened: report, at: now)
    }

    /// Ends the process and starts another that knows what the store knows.
    mutating func restart(with configurations: [Configuration]) {
        plan = DeliveryPlan(options: options, seed: 2)
        open.removeAll()
        takes.removeAll()
        wakeAt = nil
        for key in subjects.keys { subjects[key]?.isInFlight = false }
        var changes = configurations.map { OutboxChange.configuration($0.id) }
        for job in jobs.values {
            changes.append(
                .job(
                    job,
                    job.rows.map { row in
                        let key = SubjectKey(configuration: job.configuration, slot: row.slot)
                        subjects[key]?.isInFlight = true
                        resumed.insert(key)
                        var write = self.write(for: key)
                        write.through = row.through
                        return write
                    }
                )
            )
        }
        for (key, subject) in subjects.sorted(by: { $0.key.slot < $1.key.slot }) where subject.accepted > subject.done {
            let entry = OutboxEntry(
                key: key,
                isWithdrawal: subject.isWithdrawal,
                acceptedAt: subject.acceptedAt,
                attempts: subject.attempts
            )
            changes.append(.ready(entry))
        }
        _ = plan.changed(changes, at: now)
        for configuration in configurations { configure(configuration) }
        pump()
    }

    private func write(for key: SubjectKey) -> SubjectWrite {
        let subject = subjects[key] ?? StoredSubject(person: "", acceptedAt: now)
        let mapping = Mapping(field: "Field_\(key.configuration)", value: "v")
        return SubjectWrite(
            key: key,
            organizationUserID: subject.person,
            fields: [FieldChoice(mapping: mapping, choice: .text(String(subject.accepted)))],
            isWithdrawal: subject.isWithdrawal,
            through: SequenceNumber(subject.accepted),
            attempts: subject.attempts,
            lastFailure: subject.lastFailure
        )
    }

    private mutating func take(_ key: SubjectKey) -> SubjectWrite? {
        guard var subject = subjects[key], subject.accepted > subject.done else { return nil }
        // As the real store does for what a job left behind holds.
        if subject.isInFlight, resumed.contains(key) { return nil }
        if subject.isInFlight { violations.append("taken twice: \(key)") }
        subject.isInFlight = true
        subjects[key] = subject
        return write(for: key)
    }

    private mutating func record(_ told: [SubjectOutcome]) {
        var changes: [OutboxChange] = []
        for outcome in told {
            guard var subject = subjects[outcome.key] else { continue }
            if !subject.isInFlight { violations.append("recorded without being taken: \(outcome.key)") }
            subject.isInFlight = false
            resumed.remove(outcome.key)
            switch outcome.result {
            case .delivered, .skipped, .failed:
                subject.done = outcome.through.rawValue
                subject.attempts = 0
                subject.isWithdrawal = subject.accepted > subject.done && subject.isWithdrawal
                if subject.accepted > subject.done {
                    let entry = OutboxEntry(key: outcome.key, isWithdrawal: subject.isWithdrawal, acceptedAt: now)
                    changes.append(.ready(entry))
                }
            case .retrying(_, let attempts, let dueAt, let attempt), .parked(_, let attempts, let dueAt, let attempt):
                let hasUntried = subject.accepted > outcome.through.rawValue
                let wait = dueAt - attempt.at
                subject.lastFailure = SubjectWrite.LastFailure(errorCode: attempt.errorCode, wait: wait)
                subject.attempts = hasUntried ? 0 : attempts
                if hasUntried {
                    changes.append(
                        .ready(
                            OutboxEntry(
                                key: outcome.key,
                                isWithdrawal: subject.isWithdrawal,
                                acceptedAt: subject.acceptedAt
                            )
                        )
                    )
                }
            case .released: break
            }
            subjects[outcome.key] = subject
            outcomes[outcome.key, default: []].append(Told(at: now, through: outcome.through, result: outcome.result))
        }
        plan.recorded(told, at: now)
        if !changes.isEmpty { _ = plan.changed(changes, at: now) }
    }

    private mutating func check(_ call: DeliveryCall) {
        var checks = CallChecks(open: open.map(\.call), parents: org.parents)
        checks.jobs = org.unfinishedJobs
        let org = plan.statistics(at: now).orgs.first { $0.configurations.contains(call.configuration.id) }
        checks.isTrial = org.map { $0.breaker != .closed } ?? false
        if let usage = org?.apiUsage { checks.grantsWait = usage.used * 100 >= usage.limit * 95 }
        checks.isWithdrawal = { [subjects] in subjects[$0]?.isWithdrawal ?? true }
        violations += checks.violations(of: call, for: plan.subjects(of: call.id))
    }

    /// What must hold for a take, which is no call.
    private mutating func check(_ take: DeliveryCall, of keys: [SubjectKey]) {
        let statistics = plan.statistics(at: now)
        let org = statistics.orgs.first { $0.configurations.contains(take.configuration.id) }
        if keys.isEmpty || keys.count > 1_000 { violations.append("a take of \(keys.count) subjects") }
        if org?.isPaused == true { violations.append("a take while the org has a pause") }
        // Where several share an org, one that never failed may ask at once.
        if org?.configurations.count == 1, org?.breaker == .open {
            violations.append("a take while the breaker is open")
        }
        // Of what was taken and done since it was told, the store will give nothing.
        let hasGrant = keys.contains { subjects[$0].map { $0.accepted > $0.done && !$0.isWithdrawal } ?? false }
        if let usage = org?.apiUsage, usage.used * 100 >= usage.limit * 95, hasGrant {
            violations.append("a grant is taken although only withdrawals go out")
        }
    }

    private struct OpenTake {
        var call: DeliveryCall
        var keys: [SubjectKey]
        var endsAt: Timestamp
        /// Set once the store has given.
        var people: [String]?
    }

    struct OpenCall {
        var call: DeliveryCall
        var endsAt: Timestamp
        var reply: ModelOrg.Reply
    }

    struct Started {
        var at: Timestamp
        var call: DeliveryCall
    }

    struct Told {
        var at: Timestamp
        var through: SequenceNumber
        var result: SubjectOutcome.Result
    }

    struct Condition {
        var at: Timestamp
        var id: ConfigurationID
        var condition: ConfigurationCondition
    }

    struct Person {
        var slot: UInt32
        var name: String
        var isWithdrawal = false
        var acceptedAt: Timestamp?
        var dueAt: Timestamp?
        var isParked = false
        var creationStartedAt: Timestamp?
    }

    private struct StoredSubject {
        var person: String
        /// When the oldest undelivered event was.
        var acceptedAt: Timestamp
        var accepted: UInt64 = 0
        var done: UInt64 = 0
        var attempts = 0
        var lastFailure: SubjectWrite.LastFailure?
        var isWithdrawal = false
        var isInFlight = false
    }
}
