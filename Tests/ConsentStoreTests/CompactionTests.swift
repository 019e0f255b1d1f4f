import ChildProcesses
import Consent
import Glibc
import Journal
import OpenMetrics
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import ConsentStore

/// Snapshots on a real disk: what they stand for, and what they end.
@Suite(.timeLimit(.minutes(2))) struct CompactionTests {
    let place = try? TemporaryDirectory(prefix: "consent-store")
    let key = KeyEncryptionKey.random()

    @Test func aRestartFromASnapshotAndTheLogBehindItIsTheSameState() async throws {
        let store = try open()
        try await store.configure()
        try await store.publish((0..<500).map { ("before-\($0)", "person-\($0 % 50)") })
        try await store.compact()
        try await store.publish((0..<300).map { ("after-\($0)", "person-\($0 % 70)") })
        let expected = await store.parts
        await store.stop()
        let restored = try open()
        #expect(await restored.parts == expected)
        #expect(await restored.journalStatistics.snapshotByteCount > 0)
        await restored.stop()
    }

    @Test func aJobOfTheProcessBeforeIsToldOnceAndItsPeopleAreInFlight() async throws {
        let first = try open()
        try await first.configure(isPaused: false)
        try await first.publish([("a", "ada")])
        let key = SubjectKey(configuration: ConfigurationID(ordinal: 1), slot: 0)
        let write = try #require(await first.take([key]).first)
        let due = WallClock.now() + .seconds(3_600)
        let parked = SubjectOutcome.Result.parked(reason: "TIMEOUT", attempts: 7, dueAt: due, .test(503))
        try await first.record([SubjectOutcome(key: key, through: write.through, result: parked)])
        #expect(await first.nextDue(horizon: WallClock.now()) == due)
        _ = await first.take([key])
        let row = BulkJob.Row(slot: 0, through: write.through, records: [FoundRecord(id: "00Q1")])
        let job = BulkJob(id: "7501", configuration: key.configuration, origin: "https://a", rows: [row])
        try await first.record(job)
        await first.stop()

        let second = try open()
        let changes = try #require(await second.nextChanges())
        let told = changes.compactMap {
            if case .job(let job, let writes) = $0 { (job, writes.map(\.through)) } else { nil }
        }
        #expect(told.map(\.0) == [job])
        #expect(told.first?.1 == [write.through])
        #expect(await second.take([key]).isEmpty)
        // It is asked for until it is over, although the person was parked.
        let next = try #require(await second.nextDue(horizon: WallClock.now()))
        #expect(next < due)
        let delivered = SubjectOutcome.Result.delivered(recordIDs: ["00Q1"], isCreated: false, .test())
        try await second.record([SubjectOutcome(key: key, through: write.through, result: delivered)])
        try await second.recordEnd(of: job.id, of: job.configuration)
        #expect(await second.nextDue(horizon: WallClock.now()) == nil)
        await second.stop()

        let third = try open()
        let later = try #require(await third.nextChanges())
        #expect(!later.contains { if case .job = $0 { true } else { false } })
        await third.stop()
    }

    @Test func publishingGoesOnWhileASnapshotIsWritten() async throws {
        let store = try open()
        try await store.configure()
        try await store.publish((0..<2_000).map { ("before-\($0)", "person-\($0)") })
        #expect(await store.beginCompaction())
        // None begins while one is under way, whatever comes of it.
        try await store.publish((0..<500).map { ("during-\($0)", "other-\($0)") })
        try await store.compacted()
        let expected = await store.parts
        await store.stop()
        let restored = try open()
        #expect(await restored.parts == expected)
        await restored.stop()
    }

    @Test func anErasedPersonIsOnNoFileOnceTheErasureIsComplete() async throws {
        let clear = try open(sealed: false)
        try await clear.configure()
        try await clear.publish((0..<20).map { ("event-\($0)", $0 % 2 == 0 ? "canary-subject" : "bob") })
        #expect(try filesHolding("canary-subject").isEmpty == false)
        let erasure = try await clear.eraseSubject("canary-subject")
        #expect(erasure.completedAt == nil)
        #expect(erasure.deliveryCount == 10)
        try await Patience.until("the erasure is complete") { await clear.pendingErasureCount == 0 }
        #expect(try filesHolding("canary-subject").isEmpty)
        #expect(try filesHolding("bob").isEmpty == false)
        let again = try await clear.eraseSubject("canary-subject")
        #expect(again.completedAt != nil)
        #expect(again.sequenceNumber == erasure.sequenceNumber)
        await clear.stop()
        let restored = try open(sealed: false)
        #expect(try await restored.eraseSubject("canary-subject").completedAt != nil)
        await restored.stop()
    }

    @Test func anErasedPersonIsNotInWhatACrashSetAsideEither() async throws {
        let clear = try open(sealed: false)
        try await clear.configure()
        try await clear.publish([("event", "bob")])
        await clear.stop()
        let journal = try #require(place).file("journal")
        let segment = journal + "/seg-0000000000000001.wal"
        var bytes = try TextFile.read(segment)
        // Half a frame that a crash left, with somebody in it.
        bytes.replaceSubrange(
            (bytes.count - 64)...,
            with: Array("canary-subject".utf8) + [UInt8](repeating: 0, count: 50)
        )
        try TestFile.write(bytes, to: segment)
        let restored = try open(sealed: false)
        let kept = try TestFile.names(in: journal + "/quarantine")
        #expect(kept.count == 1)
        #expect(try TestFile.holds("canary-subject", path: journal + "/quarantine/" + (kept.first ?? "")))
        _ = try await restored.eraseSubject("canary-subject")
        try await Patience.until("the erasure is complete") { await restored.pendingErasureCount == 0 }
        #expect(try TestFile.names(in: journal + "/quarantine").isEmpty)
        #expect(try filesHolding("canary-subject").isEmpty)
        await restored.stop()
    }

    @Test func anErasureThatWasNotCompleteIsCompletedAfterARestart() async throws {
        let store = try open()
        try await store.configure()
        try await store.publish([("event", "canary-subject")])
        #expect(await store.nextDue(horizon: WallClock.now()) == nil)
        // The process ends before any snapshot can be adopted.
        let due = try await store.eraseAndStop("canary-subject")
        #expect(due.map { $0 <= WallClock.now() } == true, "it needs a running daemon, whether or not somebody calls")
        let restored = try open()
        try await Patience.until("the erasure is complete") { await restored.pendingErasureCount == 0 }
        #expect(await restored.nextDue(horizon: WallClock.now()) == nil)
        await restored.stop()
    }

    @Test(arguments: [Errno.ioError, .noSpace])
    func aFailedSyncOfASnapshotEndsTheStore(errno: Errno) async throws {
        let files = FailingFiles(errno, .sync, of: ".snap.tmp")
        let failures = Mutex<[JournalError]>([])
        let store = try open(files: files) { error in failures.withLock { $0.append(error) } }
        try await store.configure()
        try await store.publish([("before", "ada")])
        #expect(await store.beginCompaction())
        try await Patience.until("the store has failed") { await store.hasFailed }
        #expect(failures.withLock { $0 } == [.io(errno, during: "sync snap-0000000000000002.snap.tmp")])
        #expect(store.compactionCancellation.isSet)
        await #expect(throws: StoreError.journalFailed) { _ = try await store.eraseSubject("ada") }
        await store.stop()
    }

    @Test func marksThatCannotBeWrittenAreCountedAndLoseNothing() async throws {
        let name = "consentd_journal_mark_failures"
        let metrics = MetricRegistry([MetricFamily(name, .counter, "")])
        let store = try open(files: FailingFiles(.ioError, .write, of: "HWM"), metrics: metrics)
        try await store.configure()
        try await store.publish([("event", "ada")])
        let count = await store.journalStatistics.highWaterMarkFailureCount
        #expect(count > 2)
        #expect(metrics.text().contains("\n\(name)_total \(count)\n"), "\(metrics.text())")
        await store.stop()
        let restored = try open()
        #expect(await restored.publishedCount == 1)
        await restored.stop()
    }

    @Test func secretsAndPeopleAreNotOnTheDiskInClear() async throws {
        let store = try open()
        try await store.configure(secret: "canary-secret")
        try await store.publish([("canary-event", "canary-subject")])
        try await store.compact()
        try await store.publish([("canary-event-2", "canary-subject")])
        #expect(try filesHolding("canary").isEmpty)
        await store.stop()
        let restored = try open()
        let secret = await restored.firstConfiguration?.clientSecret
        #expect(secret?.reveal() == "canary-secret")
        await restored.stop()
    }

    @Test func aSecretIsSealedAlsoInsideItsRecord() async throws {
        let store = try open()
        try await store.configure(secret: "canary-secret")
        let keys = try #require(await store.keys)
        let configuration = try #require(await store.firstConfiguration)
        var writer = ByteWriter(keys: keys)
        Record.configurationStored(configuration, key: nil).encode(to: &writer)
        #expect(writer.bytes.firstRange(of: Array("canary-secret".utf8)) == nil)
        guard case .configurationStored(let opened, _) = try Record(kind: 2, body: writer.bytes, keys: keys),
            case .configurationStored(let hidden, _) = try Record(kind: 2, body: writer.bytes)
        else { throw StoreError.configurationNotFound }
        #expect(opened.clientSecret.reveal() == "canary-secret")
        #expect(hidden.clientSecret.reveal().isEmpty)
        await store.stop()
    }

    @Test func theScheduleWaitsForALogThatIsWorthIt() {
        var schedule = CompactionSchedule()
        let instant = ContinuousClock.now
        var need = CompactionSchedule.Need(
            logByteCount: 30,
            snapshotByteCount: 10,
            segmentByteCount: 20,
            erasureDeadline: .seconds(100)
        )
        #expect(!schedule.isDue(need, at: start, instant))
        need.logByteCount = 31
        #expect(schedule.isDue(need, at: start, instant))
        schedule.begin(at: instant)
        #expect(!schedule.isDue(need, at: start, instant))
        schedule.finish(false, at: instant)
        #expect(!schedule.isDue(need, at: start, instant + .seconds(1)))
        #expect(schedule.isDue(need, at: start, instant + .seconds(31)))
    }

    @Test func anErasureIsDueAtOnceAndAtHalfItsDeadlineWhateverElseHappens() {
        var schedule = CompactionSchedule()
        let instant = ContinuousClock.now
        let need = CompactionSchedule.Need(
            logByteCount: 0,
            snapshotByteCount: 10,
            segmentByteCount: 20,
            oldestErasure: start,
            erasureDeadline: .seconds(100)
        )
        #expect(schedule.isDue(need, at: start, instant))
        schedule.begin(at: instant)
        schedule.finish(true, at: instant + .seconds(10))
        #expect(!schedule.isDue(need, at: start + .seconds(49), instant + .seconds(20)))
        #expect(schedule.isDue(need, at: start + .seconds(50), instant + .seconds(20)))
        #expect(schedule.isDue(need, at: start + .seconds(1), instant + .seconds(101)))
    }

    @Test("Promise 6: a hundred restarts leave a bounded number of segments", .timeLimit(.minutes(3)))
    func aHundredRestartsLeaveFewSegments() async throws {
        for number in 0..<100 {
            let store = try open()
            if number == 0 { try await store.configure() }
            try await store.publish([("event-\(number)", "person")])
            // A daemon lives longer than its first snapshot takes.
            try await Patience.until("no snapshot is being written") { await !store.isCompacting }
            #expect(await store.journalStatistics.segmentCount <= CompactionSchedule.startsMax + 2)
            await store.stop()
        }
        let names = try TestFile.names(in: try #require(place).file("journal"))
        // The generation before is kept as well.
        #expect(names.count { $0.hasSuffix(".wal") } <= 2 * (CompactionSchedule.startsMax + 2), "\(names)")
        #expect(names.count { $0.hasSuffix(".snap") } <= 2)
        let store = try open()
        #expect(await store.publishedCount == 100)
        await store.stop()
    }

    @Test("Promise 6: the log stays below twice the live state and two segments")
    func theLogStaysBelowTwiceTheStateAndTwoSegments() async throws {
        var options = JournalOptions()
        options.segmentBytes = 2 << 20
        let store = try open(options: options)
        try await store.configure()
        let padding = String(repeating: "x", count: 1_500)
        for round in 0..<12 {
            try await store.publish((0..<500).map { ("event-\(round)-\($0)-\(padding)", "person-\($0 % 20)") })
            let statistics = await store.journalStatistics
            let bound = 2 * max(statistics.snapshotByteCount, 1) + 2 * options.segmentBytes
            #expect(statistics.logByteCount <= bound)
        }
        #expect(await store.journalStatistics.snapshotCount > 0)
        await store.stop()
    }

    @Test func aClockThatGoesBackLosesNothing() async throws {
        let clock = Mutex(start)
        let store = try open(now: { clock.withLock { $0 } })
        try await store.configure()
        try await store.publish([("before", "ada")])
        clock.withLock { $0 = start - .seconds(86_400) }
        try await store.publish([("after", "ada"), ("before", "ada")])
        let expected = await store.parts
        #expect(await store.publishedCount == 2)
        try await store.compact()
        await store.stop()
        let restored = try open(now: { clock.withLock { $0 } })
        #expect(await restored.parts == expected)
        try await restored.publish([("later", "bob")])
        #expect(await restored.publishedCount == 3)
        await restored.stop()
    }

    // MARK: Helpers

    private func open(
        sealed: Bool = true,
        options: JournalOptions = JournalOptions(),
        now: @escaping @Sendable () -> Timestamp = WallClock.now,
        files: any JournalFiles = PosixFiles(),
        metrics: MetricRegistry = MetricRegistry([]),
        onFailure: @escaping @Sendable (JournalError) -> Void = { Issue.record("the journal failed: \($0)") }
    ) throws -> ConsentStore {
        let place = try #require(place)
        var options = options
        options.freeBytesMin = 0
        let recovered = try RecoveredState.open(
            FilePath(place.file("journal")),
            options: options,
            key: sealed ? key : nil,
            limits: StoreLimits(),
            files: files
        )
        let store = ConsentStore(recovered, now: now, metrics: metrics, onFailure: onFailure)
        store.start()
        return store
    }

    /// The files of the journal that hold a text in clear.
    private func filesHolding(_ text: String) throws -> [String] {
        let directory = try #require(place).file("journal")
        return try TestFile.names(in: directory).filter { name in
            guard name != "quarantine" else { return false }
            do {
                return try TestFile.holds(text, path: directory + "/" + name)
            } catch let error as SystemFailure where error.code == ENOENT {
                // A file that is made ready gets its name only when it is whole.
                return false
            }
        }
    }
}

extension ConsentStore {
    var parts: [EncodedPart] { state.parts }

    var publishedCount: Int { state.eventKeys.count }

    var firstConfiguration: Configuration? { state.configurations.first?.configuration }

    var keys: JournalKeys? { log.keys }

    func configure(secret: String = "secret", isPaused: Bool = true) throws {
        var configuration = Configuration.test(isPaused: isPaused)
        configuration.clientSecret = Secret(secret)
        _ = try createConfiguration(configuration, key: nil, digest: ContentDigest(high: 1, low: 1))
    }

    nonisolated func publish(_ events: [(id: String, person: String)]) async throws {
        let receiver = CountingReceiver()
        submit(
            events.map { event in
                let event = ConsentEvent.test(event.id, subject: event.person, ["news": .granted])
                let incoming = IncomingEvent(event: event, digest: ContentDigest(of: event))
                return .publish(PublishCall(incoming: incoming, receiver: receiver))
            }
        )
        try await Patience.until("everything is published") { receiver.count == events.count }
        #expect(receiver.failures.isEmpty)
    }

    /// Writes a snapshot and waits for it.
    nonisolated func compact() async throws {
        await beginCompaction()
        try await compacted()
    }

    nonisolated func compacted() async throws {
        try await Patience.until("the snapshot is written") { await !self.isCompacting }
        #expect(await journalStatistics.snapshotCount > 0)
    }

    /// When it wants to go on, in the moment of its end.
    func eraseAndStop(_ person: String) throws -> Timestamp? {
        defer { stop() }
        _ = try eraseSubject(person)
        return nextDue(horizon: WallClock.now())
    }
}

/// Counts what was answered.
final class CountingReceiver: PublishReceiver {
    private let results = Mutex<(count: Int, failures: [StoreError])>((0, []))

    var count: Int { results.withLock { $0.count } }

    var failures: [StoreError] { results.withLock { $0.failures } }

    func synced(_ call: PublishCall) {}

    func published(_ call: PublishCall, _ result: Result<PublishResult, StoreError>) {
        results.withLock { results in
            results.count += 1
            if case .failure(let error) = result { results.failures.append(error) }
        }
    }

    func publishesCompleted() {}
}
