package import Consent
package import CoreMetrics
import Dispatch
package import Journal

/// Owns what the daemon knows, on the thread that writes the journal.
///
/// A change is durable first, then visible, then answered. Whatever arrives while a sync is under way shares the next.
package actor ConsentStore {
    package nonisolated let limits: StoreLimits
    private nonisolated let executor: BlockingExecutor<Entry>
    private nonisolated let now: @Sendable () -> Timestamp
    nonisolated let subjectHash: @Sendable (String) -> SubjectHash
    private nonisolated let onFailure: @Sendable (JournalError) -> Void

    var state: ConsentState
    var outbox = OutboxQueue()
    /// Whose undelivered events are written one by one, since all at once were refused.
    var divided: Set<SubjectKey> = []
    var waiters = Waiters()
    var log: GroupCommit
    private var staged = StagedPublishes()
    private(set) var failure: JournalError?
    /// Told of each person who was erased, on the store's thread, so that nobody else remembers them either.
    package var onErasure: (@Sendable (String) -> Void)?
    var compaction = CompactionSchedule()
    /// Whether events are refused for want of room.
    var isShort = false
    var isCheckScheduled = false
    nonisolated let compactionCancellation = Cancellation()
    nonisolated let snapshotQueue = DispatchQueue(label: "consentd.snapshot", qos: .utility)
    private let meters: StoreMeters
    /// Of the journal's high-water marks that could not be written, those that were counted.
    private var countedMarkFailures = 0
    private(set) var isStopping = false

    /// Something for the store's thread, in the order in which its connection sent it.
    package enum Entry: Sendable {
        case publish(PublishCall)
        /// Runs after every earlier publish is durable and visible.
        case call(@Sendable (isolated ConsentStore) -> Void)
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    /// Takes over an opened journal and the state folded from it.
    ///
    /// `onFailure` is called once, on the store's thread, when the journal can no longer be written: the process must
    /// end with an I/O error, and a restart decides what is true.
    package init(
        _ recovered: RecoveredState,
        now: @escaping @Sendable () -> Timestamp = WallClock.now,
        metrics: any MetricsFactory = NOOPMetricsHandler.instance,
        onFailure: @escaping @Sendable (JournalError) -> Void
    ) {
        limits = recovered.state.limits
        subjectHash = recovered.subjectHash
        state = recovered.state
        log = GroupCommit(journal: recovered.journal)
        executor = BlockingExecutor(label: "consentd.journal")
        self.now = now
        self.onFailure = onFailure
        meters = StoreMeters(metrics)
        outbox.take(state.effects.outbox, from: state)
        state.effects = ConsentState.Effects()
    }

    /// Starts the store's thread; calls made before wait for it.
    package nonisolated func start() {
        executor.start { [weak self] items in
            guard let self else { return }
            for item in items {
                switch item {
                case .entry(.publish(let call)): assumeIsolated { $0.stage(call) }
                case .entry(.call(let body)):
                    assumeIsolated { store in
                        store.flush()
                        body(store)
                    }
                case .job(let job):
                    assumeIsolated { $0.flush() }
                    // Safety: the job was enqueued for this executor and runs on its thread, once.
                    unsafe job.runSynchronously(on: unownedExecutor)
                case .stop: break
                }
            }
            assumeIsolated { $0.flush() }
        }
        perform { $0.compactAtStart() }
    }

    /// Adds entries in order; false when the store has stopped and will not run them.
    @discardableResult
    package nonisolated func submit(_ entries: [Entry]) -> Bool {
        executor.submit(entries.map { .entry($0) })
    }

    /// Runs a call after everything that was submitted before it.
    @discardableResult
    package nonisolated func perform(_ body: @escaping @Sendable (isolated ConsentStore) -> Void) -> Bool {
        executor.submit([.entry(.call(body))])
    }

    /// Answers what was accepted, ends waits, and closes the journal.
    package func stop() {
        guard !isStopping else { return }
        isStopping = true
        compactionCancellation.set()
        waiters.end(for: .shuttingDown, in: state)
        outbox.finish()
        // Nothing that was committed depends on this, so its failure changes nothing for anyone.
        _ = Result { try log.close() }
        executor.submit([.stop])
    }

    /// Whether the journal can no longer be written.
    var hasFailed: Bool { failure != nil }

    /// The present moment.
    package var moment: Timestamp { now() }

    /// What the journal has done since the start.
    package var journalStatistics: JournalStatistics { log.statistics }
}

extension ConsentStore {
    private func stage(_ call: PublishCall) {
        guard failure == nil, !isStopping else {
            staged.add(call, .refused(failure == nil ? .shuttingDown : .journalFailed))
            return
        }
        let event = call.incoming.event
        guard !state.erasures.refuses(madeAt: event.createdAt, { subjectHash(event.organizationUserID) }) else {
            staged.add(call, .refused(.erased))
            return
        }
        switch staged.decide(call, in: state) {
        case .accept(let targetCount):
            let record = EventRecord(incoming: call.incoming, acceptedAt: staged.acceptedAt(now))
            do throws(JournalError) {
                let number = try log.append(.event(record))
                staged.add(call, .accepted(record, number), openCount: targetCount)
            } catch {
                if error == .batchFull, !staged.isEmpty {
                    // There is room in the next commit.
                    flush()
                    stage(call)
                    return
                }
                staged.add(call, .refused(StoreError(refusedBy: error)))
            }
        case .replay(let number): staged.add(call, .replayed(number))
        case .refuse(let error): staged.add(call, .refused(error))
        }
        if log.recordCount >= limits.batchRecordsMax || log.byteCount >= limits.batchBytesMax { flush() }
    }

    /// Makes what is staged durable, then visible, then answers it.
    private func flush() {
        guard !staged.isEmpty else { return }
        let publishes = staged.take()
        do throws(StoreError) {
            try commitLog()
            isShort = false
            finish(publishes, state.settle(publishes))
        } catch {
            if case .journalFull = error { isShort = true }
            finish(publishes, publishes.map { state.settlement(of: $0, failed: error) })
        }
        spreadEffects()
        compactIfDue()
    }

    /// Writes records down and applies them; durable and visible on return.
    ///
    /// - Throws: `StoreError.journalFull` or `.journalFailed`, with nothing changed.
    @discardableResult
    func commit(_ record: Record) throws(StoreError) -> Consent.SequenceNumber {
        guard failure == nil else { throw .journalFailed }
        guard !isStopping else { throw .shuttingDown }
        let number: Consent.SequenceNumber
        do throws(JournalError) {
            number = try log.append(record)
        } catch {
            throw StoreError(refusedBy: error)
        }
        try commitLog(isEssential: record.isEssential)
        do throws(RecordError) {
            try state.apply(record, at: number)
        } catch {
            preconditionFailure("a record made from the state does not fit it: \(error)")
        }
        spreadEffects()
        compactIfDue()
        return number
    }

    private func commitLog(isEssential: Bool = false) throws(StoreError) {
        let before = log.statistics
        do throws(JournalError) {
            try log.commit(isEssential: isEssential)
            let after = log.statistics
            meters.records.increment(by: after.recordCount - before.recordCount)
            meters.markFailures.increment(by: after.highWaterMarkFailureCount - countedMarkFailures)
            countedMarkFailures = after.highWaterMarkFailureCount
            if after.syncCount > before.syncCount {
                meters.syncs.recordNanoseconds(Int64(after.lastSyncDuration / .nanoseconds(1)))
            }
        } catch {
            if case .full(let shortage) = error { throw .journalFull(reason: shortage.rawValue) }
            fail(error)
            throw .journalFailed
        }
    }

    /// Ends everything: the journal cannot be written any more.
    func fail(_ error: JournalError) {
        guard failure == nil else { return }
        failure = error
        compactionCancellation.set()
        onFailure(error)
    }

    private func finish(_ publishes: [StagedPublishes.Item], _ settlements: [StagedPublishes.Settlement]) {
        var receivers: [any PublishReceiver] = []
        for (publish, settlement) in zip(publishes, settlements) {
            let call = publish.call
            meters.count(publish.decision, settlement)
            if call.waitsForDelivery { call.receiver.synced(call) }
            switch settlement {
            case .published(let result): call.receiver.published(call, .success(result))
            case .refused(let error): call.receiver.published(call, .failure(error))
            case .waiting(let event, let isReplayed): waiters.add(call, event: event, isReplayed: isReplayed)
            }
            if receivers.last !== call.receiver, !receivers.contains(where: { $0 === call.receiver }) {
                receivers.append(call.receiver)
            }
        }
        for receiver in receivers { receiver.publishesCompleted() }
    }

    /// Hands on what the applied records mean: to the delivery side, and to whoever waits.
    func spreadEffects() {
        let effects = state.effects
        state.effects = ConsentState.Effects()
        outbox.take(effects.outbox, from: state)
        guard !waiters.isEmpty, !effects.changedEvents.isEmpty || !effects.outbox.isEmpty else { return }
        for call in waiters.takeFinished(among: effects.changedEvents, in: state) {
            let result = state.publishResult(call.event, call.publish, isReplayed: call.isReplayed)
            call.publish.receiver.published(call.publish, .success(result))
            call.publish.receiver.publishesCompleted()
        }
        for poll in waiters.takeAnswered(in: state) { poll.answer(state.status(of: poll.subject), nil) }
        spreadToWatches(effects)
    }
}
