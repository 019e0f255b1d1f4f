import Consent
import Delivery

/// An org in memory that answers calls at once and counts them.
struct ModelOrg {
    /// Records by person, in lower case.
    var people: [String: [FoundRecord]] = [:]
    var values: [String: [String: String]] = [:]
    var converted: Set<String> = []
    /// Whether lookups cost no call, and whoever has a record is remembered.
    var isCached = false
    /// Whether a person's records are remembered.
    var remembers: (String) -> Bool = { _ in false }
    /// Why a whole call fails; nil lets it through.
    var wholeFault: (DeliveryCall, Timestamp) -> Failure? = { _, _ in nil }
    /// Why one item fails, by record id or, in a creation, by person.
    var itemFault: (DeliveryCall, String) -> Failure? = { _, _ in nil }
    /// Whether creations happen although they are answered with a failure.
    var commitsLostCreations = false
    var usage: APIUsage?
    var jobs: [String: Job] = [:]
    /// How often a job that has its records is looked at and still running.
    var checksUntilOver = 1
    /// Whether jobs that are running go on although they are told to stop.
    var ignoresStops = false
    /// Records that a job leaves alone.
    var unprocessed: Set<String> = []
    private(set) var httpCalls: [CallKind: Int] = [:]
    private(set) var created = 0
    private(set) var parents: [String: String] = [:]
    private var lastRecord = 0
    /// When the call ends that is being answered.
    private var endsAt = Timestamp(milliseconds: 0)

    var httpCallCount: Int { httpCalls.values.reduce(0, +) }

    mutating func add(_ person: String, records: Int = 1, parent: String? = nil) {
        for _ in 0..<records {
            lastRecord += 1
            people[person.lowercased(), default: []].append(FoundRecord(id: "R\(lastRecord)", parentID: parent))
            if let parent { parents["R\(lastRecord)"] = parent }
        }
    }

    mutating func answer(_ call: DeliveryCall, at now: Timestamp, until endsAt: Timestamp) -> Reply {
        self.endsAt = endsAt
        let failure = wholeFault(call, now).map(stamped)
        switch call.request {
        case .take: return .none
        case .find(let asked):
            let calls = isCached ? 0 : 1
            httpCalls[.find, default: 0] += calls
            if let failure { return .find(CallReport(failure: failure, usage: usage)) }
            let outcomes = asked.map { find($0, call) }
            return .find(CallReport(outcomes: outcomes, usage: isCached ? nil : usage, calls: calls))
        case .update(let writes):
            httpCalls[.update, default: 0] += 1
            if let failure { return .write(CallReport(failure: failure, usage: usage)) }
            return .write(CallReport(outcomes: writes.map { update($0, call, now) }, usage: usage))
        case .create(let writes):
            httpCalls[.create, default: 0] += 1
            if let failure {
                if commitsLostCreations, failure.mayHaveBeenWritten { for write in writes { _ = create(write, now) } }
                return .write(CallReport(failure: failure, usage: usage))
            }
            return .write(
                CallReport(
                    outcomes: writes.map { write in
                        if let failure = itemFault(call, write.organizationUserID) { return .failed(stamped(failure)) }
                        return create(write, now)
                    },
                    usage: usage
                )
            )
        case .openJob, .upload, .check, .abort:
            httpCalls[.bulk, default: 0] += 1
            return answerJob(call, failure, now)
        case .probe:
            httpCalls[.probe, default: 0] += 1
            return .probe(CallReport(failure: failure, usage: usage))
        }
    }

    private func stamped(_ failure: Failure) -> Failure {
        var failure = failure
        failure.attempt.at = endsAt
        return failure
    }

    /// A job is over when it was asked for the second time; what it writes is written then.
    private mutating func answerJob(_ call: DeliveryCall, _ failure: Failure?, _ now: Timestamp) -> Reply {
        switch call.request {
        case .openJob:
            if let failure { return .opened(CallReport(failure: failure)) }
            let id = "750\(jobs.count)"
            jobs[id] = Job(origin: call.configuration.origin)
            return .opened(CallReport(outcomes: [id]))
        case .upload(let writes, let id):
            if failure == nil || failure?.mayHaveBeenWritten == true { jobs[id]?.writes = writes }
            return .uploaded(CallReport(failure: failure))
        case .check(let ids, let id):
            if let failure { return .checked(CallReport(failure: failure)) }
            return .checked(CallReport(outcomes: [check(id, ids, call, now)]))
        case .abort(let id):
            if let failure { return .aborted(CallReport(failure: failure)) }
            if !ignoresStops || jobs[id]?.writes == nil { jobs[id]?.isOver = true }
            return .aborted(CallReport())
        case .take, .find, .update, .create, .probe: return .none
        }
    }

    private mutating func check(_ id: String, _ ids: [String], _ call: DeliveryCall, _ now: Timestamp) -> JobProgress {
        guard var job = jobs[id] else { return .gone }
        guard let writes = job.writes else { return job.isOver ? .over(ids.map { _ in nil }) : .open }
        job.checks += 1
        if job.checks > checksUntilOver, !job.isOver {
            job.isOver = true
            for write in writes where !unprocessed.contains(write.recordID) {
                job.results[write.recordID] = update(write, call, now)
            }
        }
        jobs[id] = job
        return job.isOver ? .over(ids.map { job.results[$0] }) : .running
    }

    /// The records of jobs that hold some and are not over.
    var unfinishedJobs: [(origin: String, recordIDs: [String])] {
        jobs.values.compactMap { job in
            job.isOver ? nil : job.writes.map { (job.origin, $0.map(\.recordID)) }
        }
    }

    struct Job {
        var origin: String
        var writes: [RecordUpdate]?
        var checks = 0
        var isOver = false
        var results: [String: WriteOutcome] = [:]
    }

    func remembered(_ person: String) -> [FoundRecord]? {
        guard isCached || remembers(person), !converted.contains(person) else { return nil }
        return people[person.lowercased()]
    }

    private func find(_ person: String, _ call: DeliveryCall) -> FindOutcome {
        if converted.contains(person) { return .converted }
        if let failure = itemFault(call, person) { return .failed(stamped(failure)) }
        return people[person.lowercased()].map { .found($0) } ?? .notFound
    }

    private mutating func update(_ write: RecordUpdate, _ call: DeliveryCall, _ now: Timestamp) -> WriteOutcome {
        if let failure = itemFault(call, write.recordID) { return .failed(stamped(failure)) }
        set(write.fields, of: write.recordID)
        return .written(recordID: write.recordID, isCreated: false, Attempt(at: now, httpStatus: 200))
    }

    private mutating func create(_ write: RecordCreation, _ now: Timestamp) -> WriteOutcome {
        created += 1
        add(write.organizationUserID)
        let id = people[write.organizationUserID.lowercased()]?.last?.id ?? ""
        set(write.fields, of: id)
        return .written(recordID: id, isCreated: true, Attempt(at: now, httpStatus: 200))
    }

    private mutating func set(_ fields: [FieldChoice], of id: String) {
        for field in fields {
            if case .text(let text) = field.choice { values[id, default: [:]][field.mapping.field] = text }
        }
    }

    enum Reply {
        case none
        case find(CallReport<FindOutcome>)
        case write(CallReport<WriteOutcome>)
        case probe(CallReport<Never>)
        case opened(CallReport<String>)
        case uploaded(CallReport<Never>)
        case checked(CallReport<JobProgress>)
        case aborted(CallReport<Never>)
    }
}

extension Failure {
    static func test(
        _ kind: Kind,
        _ reason: String = "TEST",
        retryAfter: Duration? = nil,
        mayHaveBeenWritten: Bool = false
    ) -> Failure {
        Failure(
            kind: kind,
            reason: reason,
            attempt: Attempt(at: Timestamp(milliseconds: 0), errorCode: reason),
            retryAfter: retryAfter,
            mayHaveBeenWritten: mayHaveBeenWritten
        )
    }
}
