import Consent
import Delivery
import Synchronization

/// A store in memory with the contract of the real one.
actor MemoryOutbox: Outbox {
    private var configurations: [ConfigurationID: Configuration]
    private var changes: [OutboxChange]
    private let woken = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    private var watchers: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    private var isFinished = false
    private var inFlight: Set<SubjectKey> = []
    private(set) var outcomes: [SubjectKey: SubjectOutcome.Result] = [:]
    private(set) var conditions: [ConfigurationCondition] = []
    private(set) var refusalsLeft = 0
    private(set) var retries = 0
    private(set) var released = 0
    private(set) var creations = 0
    /// Jobs that are not over.
    private(set) var jobs: [BulkJob] = []
    private(set) var ended: [String] = []

    init(configurations: [Configuration]) {
        self.configurations = Dictionary(uniqueKeysWithValues: configurations.map { ($0.id, $0) })
        changes = configurations.map { .configuration($0.id) }
    }

    var inFlightCount: Int { inFlight.count }

    func publish(_ slots: Range<UInt32>, to configuration: ConfigurationID) {
        let acceptedAt = WallClock().now()
        for slot in slots {
            let key = SubjectKey(configuration: configuration, slot: slot)
            changes.append(.ready(OutboxEntry(key: key, isWithdrawal: false, acceptedAt: acceptedAt)))
        }
        wake()
    }

    func refuse(times: Int) {
        refusalsLeft = times
    }

    func finish() {
        isFinished = true
        wake()
    }

    /// Waits until this many subjects have a final outcome.
    func waitForOutcomes(_ count: Int) async {
        guard outcomes.count < count else { return }
        await withCheckedContinuation { watchers.append((count, $0)) }
    }

    func nextChanges() async -> [OutboxChange]? {
        var wakes = woken.stream.makeAsyncIterator()
        while changes.isEmpty, !isFinished {
            // It ends when the task is cancelled.
            guard await wakes.next(isolation: #isolation) != nil else { return nil }
        }
        if changes.isEmpty { return nil }
        defer { changes = [] }
        return changes
    }

    func status(of configuration: ConfigurationID) -> ConfigurationStatus? {
        configurations[configuration].map { ConfigurationStatus(configuration: $0, condition: .running) }
    }

    func take(_ subjects: [SubjectKey]) -> [SubjectWrite] {
        subjects.filter { outcomes[$0] == nil }.map { key in
            inFlight.insert(key)
            return SubjectWrite(
                key: key,
                organizationUserID: "p\(key.slot)",
                fields: [],
                isWithdrawal: false,
                through: SequenceNumber(1),
                attempts: 0
            )
        }
    }

    func recordCreations(for subjects: [SubjectKey]) throws {
        guard refusalsLeft == 0 else {
            refusalsLeft -= 1
            throw Refusal.full
        }
        creations += subjects.count
    }

    func record(_ job: BulkJob) throws {
        guard refusalsLeft == 0 else {
            refusalsLeft -= 1
            throw Refusal.full
        }
        jobs.append(job)
    }

    func recordEnd(of job: String, of configuration: ConfigurationID) {
        jobs.removeAll { $0.id == job && $0.configuration == configuration }
        ended.append(job)
    }

    func record(_ told: [SubjectOutcome]) throws {
        guard refusalsLeft == 0 else {
            refusalsLeft -= 1
            throw Refusal.full
        }
        for outcome in told {
            inFlight.remove(outcome.key)
            switch outcome.result {
            case .delivered, .skipped, .failed: outcomes[outcome.key] = outcome.result
            case .retrying, .parked: retries += 1
            case .released: released += 1
            }
        }
        for watcher in watchers where outcomes.count >= watcher.count { watcher.continuation.resume() }
        watchers.removeAll { outcomes.count >= $0.count }
    }

    func record(_ condition: ConfigurationCondition, of configuration: ConfigurationID) {
        conditions.append(condition)
        changes.append(.configuration(configuration))
        wake()
    }

    private func wake() {
        woken.continuation.yield()
    }

    enum Refusal: Error {
        case full
    }
}

/// Writes everything, except for what it was told to fail or to hang on.
actor ScriptedWriter: RecordWriter {
    private(set) var records = 0
    /// What was asked about jobs, in order.
    private(set) var steps: [String] = []
    private var failures: [Failure] = []
    private var isHanging = false
    private var watcher: CheckedContinuation<Void, Never>?
    private var hangs = 0

    func fail(times: Int, as failure: Failure = .test(.transient)) {
        failures = Array(repeating: failure, count: times)
    }

    func hang() {
        isHanging = true
    }

    func waitUntilHanging() async {
        guard hangs == 0 else { return }
        await withCheckedContinuation { watcher = $0 }
    }

    func remembered(_ people: [String], for configuration: Configuration) -> [[FoundRecord]?] {
        people.map { _ in nil }
    }

    func find(_ people: [String], for configuration: Configuration) -> CallReport<FindOutcome> {
        CallReport(outcomes: people.map { .found([FoundRecord(id: "R" + $0)]) }, calls: 0)
    }

    func update(_ writes: [RecordUpdate], for configuration: Configuration) async -> CallReport<WriteOutcome> {
        if isHanging {
            hangs += 1
            watcher?.resume()
            watcher = nil
            await hangUntilCancelled()
            return CallReport(failure: .test(.cancelled))
        }
        if let failure = failures.popLast() { return CallReport(failure: failure) }
        records += writes.count
        let attempt = Attempt(at: WallClock().now(), httpStatus: 200)
        return CallReport(outcomes: writes.map { .written(recordID: $0.recordID, isCreated: false, attempt) })
    }

    func create(_ writes: [RecordCreation], for configuration: Configuration) -> CallReport<WriteOutcome> {
        CallReport(failure: .test(.record))
    }

    func probe(_ configuration: Configuration) -> CallReport<Never> {
        CallReport()
    }

    func openJob(for configuration: Configuration) -> CallReport<String> {
        steps.append("open")
        return CallReport(outcomes: ["750"])
    }

    func upload(_ writes: [RecordUpdate], to job: String, for configuration: Configuration) -> CallReport<Never> {
        steps.append("upload")
        records += writes.count
        return CallReport()
    }

    func check(_ job: String, of recordIDs: [String], for configuration: Configuration) -> CallReport<JobProgress> {
        steps.append("check")
        let attempt = Attempt(at: WallClock().now(), httpStatus: 200)
        return CallReport(
            outcomes: [.over(recordIDs.map { .written(recordID: $0, isCreated: false, attempt) })]
        )
    }

    func abort(_ job: String, for configuration: Configuration) -> CallReport<Never> {
        steps.append("abort")
        return CallReport()
    }

    /// A stream without an element ends only with its task.
    private func hangUntilCancelled() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        for await _ in stream {}
        continuation.finish()
    }
}

/// A clock on which whoever sleeps has slept at once: the time jumps to where the sleeper wanted it.
final class ImpatientClock: DeliveryClock {
    private let skipped = Mutex(Duration.zero)

    func now() -> Timestamp {
        WallClock().now() + skipped.withLock { $0 }
    }

    func sleep(until moment: Timestamp) async {
        skipped.withLock { skipped in
            let missing = moment - (WallClock().now() + skipped)
            if missing > .zero { skipped += missing }
        }
        await Task.yield()
    }
}
