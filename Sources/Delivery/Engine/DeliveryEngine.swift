package import Consent
package import CoreMetrics
import DequeModule
import Synchronization

/// Does what the plan decides: takes from the store, speaks to the org, and writes the outcomes down.
package actor DeliveryEngine {
    private let outbox: any Outbox
    private let writer: MeasuredWriter
    private let meters: DeliveryMeters
    private let options: DeliveryOptions
    private let clock: any DeliveryClock
    private var plan: DeliveryPlan
    /// Calls that the plan asked for and that have no task yet.
    private var startable: Deque<DeliveryCall> = []
    /// Tasks that make calls, one after the other.
    private var performers = 0
    private var records: Deque<Record> = []
    /// How many of `records` are with the store right now.
    private var recording = 0
    private var recordingError: String?
    /// When the sleepers that are out wake, so that no later one is added.
    private var sleepers: [Timestamp] = []
    private var wakeAt: Timestamp?
    private var isStopping = false
    private var isOver = false
    private let work = Signal()
    private let unrecorded = Signal()
    private let beats = Atomic<UInt64>(0)

    package init(
        outbox: any Outbox,
        writer: any RecordWriter,
        options: DeliveryOptions = DeliveryOptions(),
        clock: any DeliveryClock = WallClock(),
        seed: UInt64 = .random(in: 0...UInt64.max),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) {
        self.outbox = outbox
        meters = DeliveryMeters(metrics)
        self.writer = MeasuredWriter(base: writer, meters: meters)
        self.options = options
        self.clock = clock
        plan = DeliveryPlan(options: options, seed: seed)
    }

    /// Grows at least every few seconds while `run` is alive; a watchdog looks whether it does.
    package nonisolated var heartbeat: UInt64 { beats.load(ordering: .relaxed) }

    /// Delivers until the outbox ends or the task is cancelled; to be called once.
    ///
    /// When the outbox ends, no call starts any more and those in flight get `shutdownGrace` to finish before they are cancelled.
    /// When the task is cancelled, so are the calls at once. Either way every outcome that is known is offered to the store
    /// before this returns; what it does not take is delivered again after the next start.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.readOutbox() }
            group.addTask { await self.recordOutcomes() }
            pump()
            for await _ in work.stream {
                while let call = startable.popFirst() {
                    performers += 1
                    group.addTask { await self.perform(call) }
                }
                if let deadline = nextSleep() {
                    group.addTask { await self.sleep(until: deadline) }
                }
                if isStopping, performers == 0 || isOver { break }
            }
            stop()
            group.cancelAll()
        }
        pump()
        await flush(isFinal: true)
    }

    /// What has been done and how it stands.
    package func statistics() -> DeliveryStatistics {
        var statistics = plan.statistics(at: clock.now())
        statistics.unrecorded = records.count
        statistics.recordingError = recordingError
        return statistics
    }

    // MARK: Loops

    private func readOutbox() async {
        while let changes = await outbox.nextChanges() {
            for id in plan.changed(changes, at: clock.now()) {
                let status = await outbox.status(of: id)
                if status == nil { meters.end(id) } else { meters.begin(id) }
                plan.configuration(id, status: status, at: clock.now())
            }
            pump()
        }
        stop()
    }

    /// Starts no call any more and lets those in flight finish for a while.
    private func stop() {
        guard !isStopping else { return }
        isStopping = true
        plan.stop()
        for call in startable { plan.abandon(call.id) }
        startable.removeAll()
        wakeAt = clock.now() + options.shutdownGrace
        pump()
        work.raise()
    }

    /// Asks the plan for everything that it wants done now.
    private func pump() {
        beats.add(1, ordering: .relaxed)
        loop: while true {
            switch plan.next(at: clock.now()) {
            case .call(let call): startable.append(call)
            case .record(let outcomes): append(outcomes)
            case .condition(let condition, let id): records.append(.condition(condition, id))
            case .jobEnded(let job, let id): records.append(.jobEnded(job, id))
            case .sleep(let until):
                if !isStopping { wakeAt = until }
                break loop
            case .wait:
                if !isStopping { wakeAt = nil }
                break loop
            }
        }
        if !records.isEmpty { unrecorded.raise() }
        work.raise()
    }

    // MARK: Time

    /// The moment for one more sleeper; nil when those that are out suffice.
    ///
    /// Nobody sleeps long, so that the heart beats and a clock that jumped is noticed.
    private func nextSleep() -> Timestamp? {
        let latest = clock.now() + .seconds(2)
        let deadline = min(wakeAt ?? latest, latest)
        if let first = sleepers.min(), first <= deadline { return nil }
        sleepers.append(deadline)
        return deadline
    }

    private func sleep(until deadline: Timestamp) async {
        await clock.sleep(until: deadline)
        if let index = sleepers.firstIndex(of: deadline) { sleepers.remove(at: index) }
        guard !Task.isCancelled else { return }
        if isStopping, let wakeAt, wakeAt <= clock.now() { isOver = true }
        pump()
    }

    // MARK: Calls

    /// Makes a call, and after it others that may start by then: without a task for each, they are out sooner.
    private func perform(_ call: DeliveryCall) async {
        var next: DeliveryCall? = call
        while let call = next {
            await make(call)
            pump()
            next = startable.popFirst()
        }
        performers -= 1
        work.raise()
    }

    private func make(_ call: DeliveryCall) async {
        let configuration = call.configuration
        switch call.request {
        case .take(let keys):
            let writes = await outbox.take(keys)
            let people = plan.taken(call.id, writes, at: clock.now())
            if !people.isEmpty {
                let records = await writer.remembered(people, for: configuration)
                plan.remembered(call.id, records, at: clock.now())
            }
        case .find(let people):
            let report = await writer.find(people, for: configuration)
            plan.finished(call.id, find: report, at: clock.now())
        case .update(let writes):
            let report = await writer.update(writes, for: configuration)
            plan.finished(call.id, write: report, at: clock.now())
        case .create(let writes):
            let report = await create(writes, call)
            plan.finished(call.id, write: report, at: clock.now())
        case .openJob:
            let report = await openJob(call)
            plan.finished(call.id, opened: report, at: clock.now())
        case .upload(let writes, let job):
            let report = await writer.upload(writes, to: job, for: configuration)
            plan.finished(call.id, uploaded: report, at: clock.now())
        case .check(let recordIDs, let job):
            let report = await writer.check(job, of: recordIDs, for: configuration)
            plan.finished(call.id, checked: report, at: clock.now())
        case .abort(let job):
            let report = await writer.abort(job, for: configuration)
            plan.finished(call.id, aborted: report, at: clock.now())
        case .probe:
            let report = await writer.probe(configuration)
            plan.finished(call.id, probe: report, at: clock.now())
        }
    }

    /// Creates records once it is written down that they may come to exist.
    private func create(_ writes: [RecordCreation], _ call: DeliveryCall) async -> CallReport<WriteOutcome> {
        do {
            try await outbox.recordCreations(for: plan.subjects(of: call.id))
        } catch {
            return CallReport(failure: unrecordable(error), calls: 0)
        }
        return await writer.create(writes, for: call.configuration)
    }

    /// Opens a job and writes down which one, before it can write anything.
    private func openJob(_ call: DeliveryCall) async -> CallReport<String> {
        let report = await writer.openJob(for: call.configuration)
        guard let id = report.outcomes.first, let job = plan.job(id, of: call.id) else { return report }
        do {
            try await outbox.record(job)
            return report
        } catch {
            let failure = unrecordable(error)
            let abortion = await writer.abort(id, for: call.configuration)
            return CallReport(failure: failure, usage: abortion.usage, calls: report.calls + abortion.calls)
        }
    }

    /// What may not begin, since the store did not take that it does.
    private func unrecordable(_ error: any Error) -> Failure {
        recordingError = String(describing: error)
        let reason = "JOURNAL_UNAVAILABLE"
        return Failure(kind: .transient, reason: reason, attempt: Attempt(at: clock.now(), errorCode: reason))
    }

    // MARK: Recording

    private enum Record {
        case outcomes([SubjectOutcome])
        case condition(ConfigurationCondition, ConfigurationID)
        case jobEnded(String, ConfigurationID)
    }

    private func append(_ outcomes: [SubjectOutcome]) {
        // What waits behind the store becomes one commit, unless it is there already.
        if records.count > recording, case .outcomes(let earlier) = records.last {
            records[records.count - 1] = .outcomes(earlier + outcomes)
        } else {
            records.append(.outcomes(outcomes))
        }
    }

    private func recordOutcomes() async {
        for await _ in unrecorded.stream { await flush(isFinal: false) }
    }

    /// Offers everything to the store, oldest first; what it refuses stays and is offered again.
    private func flush(isFinal: Bool) async {
        while let record = records.first {
            recording = 1
            do {
                switch record {
                case .outcomes(let outcomes): try await outbox.record(outcomes)
                case .condition(let condition, let id): try await outbox.record(condition, of: id)
                case .jobEnded(let job, let id): try await outbox.recordEnd(of: job, of: id)
                }
                recording = 0
                recordingError = nil
                records.removeFirst()
                switch record {
                case .outcomes(let outcomes): plan.recorded(outcomes, at: clock.now())
                case .jobEnded(_, let id): plan.recordedEnd(of: id, at: clock.now())
                case .condition: break
                }
                pump()
            } catch {
                recording = 0
                recordingError = String(describing: error)
                if isFinal { return }
                await clock.sleep(until: clock.now() + .seconds(1))
                if Task.isCancelled { return }
            }
        }
    }
}
