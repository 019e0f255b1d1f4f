package import Consent
import DequeModule

extension ConsentStore: Outbox {
    package func nextChanges() async -> [OutboxChange]? {
        while outbox.isEmpty || outbox.isClosed {
            guard !isStopping, !outbox.isClosed, !Task.isCancelled else { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { outbox.wait($0) }
            } onCancel: {
                perform { $0.outbox.wake() }
            }
        }
        let jobs = outbox.takeJobs().compactMap { state.left(job: $0, of: $1) }
        return outbox.next(limits.outboxChangesMax, jobs: jobs) { state.outboxEntry($0) }
    }

    /// Lets `nextChanges()` return nil; what is reported afterwards is still recorded.
    package func closeOutbox() {
        outbox.finish()
    }

    package func status(of configuration: ConfigurationID) -> ConfigurationStatus? {
        guard let entry = state.configuration(configuration) else { return nil }
        return ConfigurationStatus(configuration: entry.configuration, condition: entry.condition)
    }

    package func take(_ subjects: [SubjectKey]) -> [SubjectWrite] {
        subjects.compactMap { key in
            guard let index = state.configurationIndexes[key.configuration], state.configurations[index].isRunning,
                state.configurations[index].subjects[Int(key.slot)].inFlight.isEmpty
            else { return nil }
            var events = state.configurations[index].subjects[Int(key.slot)].open
            if divided.contains(key) { events = state.nextPiece(of: events, index: index, slot: key.slot) }
            guard var write = state.configurations[index].write(for: key, of: events) else { return nil }
            write.lastFailure = events.first.flatMap { state.lastFailure(of: $0, in: key.configuration) }
            state.configurations[index].subjects[Int(key.slot)].inFlight = Array(events)
            return write
        }
    }

    package func recordCreations(for subjects: [SubjectKey]) throws {
        let ids = subjects.compactMap { key -> DeliveryID? in
            guard let index = state.configurationIndexes[key.configuration] else { return nil }
            // Any event of the write names the person.
            let event = state.configurations[index].subjects[Int(key.slot)].inFlight.first
            return event.map { DeliveryID(event: $0, configuration: key.configuration) }
        }
        if !ids.isEmpty { try commit(.creating(ids, at: moment)) }
    }

    package func record(_ job: BulkJob) throws {
        // It may have been deleted while the org was asked.
        guard state.configuration(job.configuration) != nil else { throw StoreError.configurationNotFound }
        try commit(.jobOpened(job, at: moment))
    }

    package func recordEnd(of job: String, of configuration: ConfigurationID) throws {
        guard state.jobs.contains(where: { $0.id == job && $0.configuration == configuration }) else { return }
        try commit(.jobEnded(job, of: configuration, at: moment))
    }

    package func record(_ outcomes: [SubjectOutcome]) throws {
        var records: [OutcomeRecord] = []
        // Nothing of these was undelivered, though something newer may be: the record does not announce them.
        var unrecorded: [SubjectKey] = []
        records.reserveCapacity(outcomes.count)
        for outcome in outcomes {
            guard let index = state.configurationIndexes[outcome.key.configuration] else { continue }
            let subject = state.configurations[index].subjects[Int(outcome.key.slot)]
            let events = subject.inFlight.filter { event in
                guard event <= outcome.through, outcome.result != .released else { return false }
                return subject.open.contains(event)
                    || (outcome.isConfirmed && state.lacksEvidence(event, in: outcome.key.configuration))
            }
            if !events.contains(where: { subject.open.contains($0) }) { unrecorded.append(outcome.key) }
            guard !events.isEmpty else { continue }
            records.append(
                OutcomeRecord(configuration: outcome.key.configuration, events: events, result: outcome.result)
            )
        }
        let flights = land(outcomes.map(\.key))
        do {
            if !records.isEmpty { try commit(.outcomes(records, at: moment)) }
        } catch {
            takeOff(flights)
            throw error
        }
        divide(outcomes)
        for key in unrecorded { announce(key) }
        spreadEffects()
    }

    /// Notes whose events are written one by one from now on, which ends with the last but one of them.
    private func divide(_ outcomes: [SubjectOutcome]) {
        for outcome in outcomes where outcome.isToBeDivided || divided.contains(outcome.key) {
            let index = state.configurationIndexes[outcome.key.configuration]
            let count = index.map { state.configurations[$0].subjects[Int(outcome.key.slot)].open.count } ?? 0
            if count > 1 { divided.insert(outcome.key) } else { divided.remove(outcome.key) }
        }
    }

    /// Takes subjects out of flight, so that what comes next for them is announced, and returns what was out.
    private func land(_ keys: [SubjectKey]) -> [(SubjectKey, [SequenceNumber])] {
        keys.compactMap { key in
            guard let index = state.configurationIndexes[key.configuration] else { return nil }
            let events = state.configurations[index].subjects[Int(key.slot)].inFlight
            state.configurations[index].subjects[Int(key.slot)].inFlight = []
            return (key, events)
        }
    }

    private func takeOff(_ flights: [(SubjectKey, [SequenceNumber])]) {
        for (key, events) in flights {
            guard let index = state.configurationIndexes[key.configuration] else { continue }
            state.configurations[index].subjects[Int(key.slot)].inFlight = events
        }
    }

    private func announce(_ key: SubjectKey) {
        guard let index = state.configurationIndexes[key.configuration] else { return }
        state.announce(index: index, slot: key.slot)
    }

    package func record(_ condition: ConfigurationCondition, of configuration: ConfigurationID) throws {
        guard let entry = state.configuration(configuration), entry.condition != condition else { return }
        try commit(.condition(condition, of: configuration, at: moment))
    }
}

/// Changes that the delivery side has not taken yet; several to one subject are one.
struct OutboxQueue {
    private var configurations: [ConfigurationID] = []
    private var jobs: [(id: String, configuration: ConfigurationID)] = []
    private var subjects = Deque<SubjectKey>()
    private var queued: Set<SubjectKey> = []
    private var waiter: CheckedContinuation<Void, Never>?
    private(set) var isClosed = false

    var isEmpty: Bool { configurations.isEmpty && jobs.isEmpty && subjects.isEmpty }

    mutating func take(_ effects: [ConsentState.Effects.Outbox], from state: ConsentState) {
        guard !effects.isEmpty else { return }
        for effect in effects {
            switch effect {
            case .subject(let key): add(key)
            case .job(let job, let id): jobs.append((job, id))
            case .configuration(let id): if !configurations.contains(id) { configurations.append(id) }
            case .allSubjects(let id):
                guard let entry = state.configuration(id), entry.isRunning else { continue }
                // Whoever takes them begins with the first it is told of.
                for isWithdrawal in [true, false] {
                    for slot in 0..<entry.subjects.count
                    where !entry.subjects[slot].open.isEmpty && entry.subjects[slot].isWithdrawal == isWithdrawal {
                        add(SubjectKey(configuration: id, slot: UInt32(slot)))
                    }
                }
            }
        }
        wake()
    }

    private mutating func add(_ key: SubjectKey) {
        if queued.insert(key).inserted { subjects.append(key) }
    }

    mutating func takeJobs() -> [(id: String, configuration: ConfigurationID)] {
        defer { jobs = [] }
        return jobs
    }

    /// At most `count` changes, configurations and jobs first; a subject is looked up when it is taken, so it is never stale.
    mutating func next(
        _ count: Int,
        jobs: [OutboxChange],
        _ entry: (SubjectKey) -> OutboxEntry?
    ) -> [OutboxChange] {
        var changes: [OutboxChange] = configurations.map { .configuration($0) } + jobs
        configurations.removeAll()
        while changes.count < count, let key = subjects.popFirst() {
            queued.remove(key)
            changes.append(entry(key).map { .ready($0) } ?? .gone(key))
        }
        return changes
    }

    mutating func wait(_ continuation: CheckedContinuation<Void, Never>) {
        waiter?.resume()
        waiter = continuation
    }

    mutating func wake() {
        waiter?.resume()
        waiter = nil
    }

    mutating func finish() {
        isClosed = true
        wake()
    }
}
