import Synchronization
import SystemPackage
import Testing

@testable import Journal

/// Full disks, failed calls and torn tails.
@Suite struct FaultTests {
    @Test(arguments: [Errno.noSpace, .diskQuotaExceeded, .fileTooLarge], [0, 6_000])
    func aFullDiskShedsAndTheJournalGoesOn(errno: Errno, fill: Int) throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        options.firstFillBytes = fill
        var known = History()
        let (journal, _, _) = try Journal.open(journalPath, options, files)
        try journal.commit([[1]], to: &known)
        let before = files.contents(of: journalPath)[JournalName.segment(1)]
        files.state.withLock { $0.failure = .init(call: .write, successes: 0, errno: errno) }
        #expect(throws: JournalError.full(.diskFull)) { try journal.commit([[2]], to: &known) }
        #expect(journal.statistics.shortage == .diskFull)
        #expect(files.contents(of: journalPath)[JournalName.segment(1)] == before)
        try journal.commit([[3]], to: &known)
        #expect(journal.statistics.shortage == nil)
        try journal.close()
        #expect(try Journal.read(journalPath, files).history == known)
    }

    @Test(arguments: [0, 4_400])
    func aHalfWrittenFrameIsCutBack(fill: Int) throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        options.firstFillBytes = fill
        var known = History()
        let (journal, _, _) = try Journal.open(journalPath, options, files)
        try journal.commit([[1]], to: &known)
        files.state.withLock { $0.freeByteCount = 200 }
        #expect(throws: JournalError.full(.diskFull)) {
            try journal.commit([[UInt8](repeating: 9, count: 1_000)], to: &known)
        }
        // The space that the half frame took is free again, and a smaller frame fits.
        try journal.commit([[2]], to: &known)
        files.state.withLock { $0.freeByteCount = 1 << 20 }
        try journal.commit([[UInt8](repeating: 9, count: 1_000)], to: &known)
        files.crash()
        let (report, history) = try Journal.read(journalPath, files)
        #expect(history == known)
        #expect(report.tornTail == nil)
    }

    /// A daemon that ends on a full disk must be able to start there, else nobody could be erased.
    @Test(arguments: [true, false])
    func aStartOnAFullDiskUsesTheReserve(hasReserve: Bool) throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        options.reserveBytes = hasReserve ? 40_000 : 0
        options.preparation = .immediate
        var known = History()
        do {
            let (journal, _, _) = try Journal.open(journalPath, options, files)
            try journal.commit([[1]], to: &known)
            #expect(journal.statistics.hasReserve == hasReserve)
        }
        options.preparation = .never
        files.crash()
        // The file that was made ready is thrown away at the next start, which frees its space.
        files.state.withLock { $0.freeByteCount = -options.segmentBytes }
        guard hasReserve else {
            #expect(throws: JournalError.full(.diskFull)) { try Journal.open(journalPath, options, files) }
            return
        }
        let (journal, _, history) = try Journal.open(journalPath, options, files)
        #expect(history == known)
        try journal.commit([[2]], to: &known)
        #expect(!files.contents(of: journalPath).keys.contains(JournalName.reserve))
    }

    @Test func aFullBatchMayBeCommittedAgain() throws {
        let files = SimulatedFiles()
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        var batch = journal.makeBatch()
        try batch.append(RecordKind(rawValue: 1)) { $0 += [1, 2, 3] }
        files.state.withLock { $0.failure = .init(call: .write, successes: 0, errno: .noSpace) }
        #expect(throws: JournalError.full(.diskFull)) { try journal.commit(&batch) }
        #expect(batch.recordCount == 1)
        try journal.commit(&batch)
        #expect(batch.isEmpty)
        try journal.close()
        #expect(try Journal.read(journalPath, files).history.records.map(\.body) == [[1, 2, 3]])
    }

    @Test func theJournalsOwnLimitSheds() throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        options.journalBytesMax = 30_000
        options.preparation = .immediate
        let (journal, _, _) = try Journal.open(journalPath, options, files)
        var known = History()
        let error = #expect(throws: JournalError.self) {
            for _ in 0..<100 { try journal.commit([[UInt8](repeating: 1, count: 900)], to: &known) }
        }
        #expect(error == .full(.journalBytesMax))
        #expect(journal.statistics.byteCount <= 30_000)
        #expect(journal.statistics.byteCount > 25_000)
        try journal.close()
        #expect(try Journal.read(journalPath, files).history == known)
    }

    @Test func littleFreeSpaceShedsBeforeTheKernelDoes() throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        options.freeBytesMin = 1 << 20
        let (journal, _, _) = try Journal.open(journalPath, options, files)
        var known = History()
        files.state.withLock { $0.freeByteCount = 1 << 19 }
        #expect(throws: JournalError.full(.freeBytesMin)) { try journal.commit([[1]], to: &known) }
        files.state.withLock { $0.freeByteCount = 1 << 21 }
        try journal.commit([[1]], to: &known)
    }

    @Test(
        "Promise 3: a failed sync is the last thing that is done",
        arguments: [Errno.ioError, .interrupted, .noSpace]
    )
    func aFailedSyncIsFinal(errno: Errno) throws {
        let files = SimulatedFiles()
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        var known = History()
        try journal.commit([[1]], to: &known)
        files.state.withLock { $0.failure = .init(call: .sync, successes: 0, errno: errno) }
        let expected = JournalError.io(errno, during: "sync a frame")
        #expect(throws: expected) { try journal.commit([[2]], to: &known) }
        let before = files.state.withLock { ($0.writeCount, $0.syncCount) }
        #expect(throws: expected) { try journal.commit([[3]], to: &known) }
        #expect(throws: expected) { try journal.close() }
        let after = files.state.withLock { ($0.writeCount, $0.syncCount) }
        #expect(before == after, "nothing is written or synced behind a failed sync")
    }

    @Test(arguments: [Errno.ioError, .noSpace])
    func aFailedSyncOfTheNextSegmentsFileIsFinalToo(errno: Errno) throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        options.preparation = .immediate
        let (journal, _, _) = try Journal.open(journalPath, options, files)
        var known = History()
        try journal.commit([[1]], to: &known)
        #expect(journal.spares.take() != nil)
        files.state.withLock { $0.failure = .init(call: .sync, successes: 0, errno: errno) }
        journal.requestSpare()
        let expected = JournalError.io(errno, during: "sync a file that is made ready")
        let before = files.state.withLock { ($0.writeCount, $0.syncCount) }
        #expect(throws: expected) { try journal.commit([[2]], to: &known) }
        #expect(throws: expected) { try journal.commit([[3]], to: &known) }
        let after = files.state.withLock { ($0.writeCount, $0.syncCount) }
        #expect(before == after, "nothing is written or synced behind a failed sync")
    }

    /// Whoever else writes in the journal's directory: a snapshot, the next segment's file, the reserve.
    @Test(arguments: [Errno.ioError, .noSpace])
    func behindAFailedSyncNobodyWritesOrSyncsAnything(errno: Errno) throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        options.preparation = .immediate
        options.reserveBytes = 8_192
        let (journal, _, _) = try Journal.open(journalPath, options, files)
        var known = History()
        try journal.commit([[1]], to: &known)
        var unfinished = try journal.beginSnapshot()
        try unfinished.append(RecordKind(rawValue: 1)) { $0 += [1] }
        _ = try journal.reserve.release()
        #expect(journal.spares.take() != nil)
        files.state.withLock { $0.failure = .init(call: .sync, successes: 0, errno: errno) }
        #expect(throws: JournalError.io(errno, during: "sync a frame")) { try journal.commit([[2]], to: &known) }
        let before = files.state.withLock { ($0.writeCount, $0.syncCount, $0.changeCount) }
        #expect(throws: JournalError.self) { try unfinished.finish() }
        #expect(throws: JournalError.self) { try unfinished.discard() }
        #expect(throws: JournalError.self) { try journal.beginSnapshot() }
        #expect(throws: JournalError.self) { try journal.dropPrevious() }
        journal.requestSpare()
        for _ in 0..<2_000 { journal.reserve.request() }
        journal.writeHighWaterMark()
        #expect(throws: JournalError.self) { try journal.close() }
        let after = files.state.withLock { ($0.writeCount, $0.syncCount, $0.changeCount) }
        #expect(before == after, "nothing is written or synced behind a failed sync")
    }

    /// A journal with one record, and a snapshot that has only to be finished.
    private func journalInMidSnapshot(_ files: SimulatedFiles) throws -> (Journal, History, SnapshotWriter) {
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        var known = History()
        try journal.commit([[1]], to: &known)
        var snapshot = try journal.beginSnapshot()
        try snapshot.append(RecordKind(rawValue: 1)) { $0 += [1] }
        return (journal, known, snapshot)
    }

    /// Which of a snapshot's two syncs fails: that of its bytes, or that of the directory that has its name.
    @Test(arguments: [Errno.ioError, .noSpace], [0, 1])
    func aFailedSyncOfASnapshotIsFinalToo(errno: Errno, successes: Int) throws {
        let files = SimulatedFiles()
        var (journal, known, snapshot) = try journalInMidSnapshot(files)
        files.state.withLock { $0.failure = .init(call: .sync, successes: successes, errno: errno) }
        let error = #expect(throws: JournalError.self) { try snapshot.finish() }
        guard case .io(errno, _) = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        let before = files.state.withLock { ($0.writeCount, $0.syncCount, $0.changeCount) }
        let file = successes == 0 ? JournalName.snapshot(2) + ".tmp" : "directory journal"
        let expected = JournalError.io(errno, during: "sync \(file)")
        #expect(journal.syncFailure == expected)
        #expect(throws: JournalError.self) { try snapshot.discard() }
        #expect(throws: expected) { try journal.commit([[2]], to: &known) }
        let after = files.state.withLock { ($0.writeCount, $0.syncCount, $0.changeCount) }
        #expect(before == after, "nothing is written or synced behind a failed sync")
    }

    /// Of the next segment, which is made while a commit waits: where its sync reports a full disk, too.
    @Test func aFailedSyncForWantOfRoomIsNoFullDisk() throws {
        let files = SimulatedFiles()
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        var known = History()
        try journal.commit([[1]], to: &known)
        files.state.withLock { $0.failure = .init(call: .sync, successes: 0, errno: .noSpace) }
        let expected = JournalError.io(.noSpace, during: "make \(JournalName.segment(2))")
        #expect(throws: expected) { try journal.beginSnapshot() }
        #expect(throws: expected) { try journal.commit([[2]], to: &known) }
    }

    @Test func aSnapshotThatFindsNoRoomChangesNothing() throws {
        let files = SimulatedFiles()
        var (journal, known, snapshot) = try journalInMidSnapshot(files)
        files.state.withLock { $0.failure = .init(call: .write, successes: 0, errno: .noSpace) }
        #expect(throws: JournalError.full(.diskFull)) { try snapshot.finish() }
        try snapshot.discard()
        #expect(journal.syncFailure == nil)
        try journal.commit([[2]], to: &known)
        try journal.close()
        #expect(try Journal.read(journalPath, files).history == known)
    }

    @Test("Promise 3: a start writes the last batch again")
    func aFrameThatOnlyThePageCacheHeldIsWrittenAgain() throws {
        let files = SimulatedFiles()
        var known = History()
        do {
            let (journal, _, _) = try Journal.open(journalPath, .small, files)
            try journal.commit([[1]], to: &known)
            files.state.withLock { $0.failure = .init(call: .sync, successes: 0, errno: .ioError) }
            #expect(throws: JournalError.self) { try journal.commit([[2], [3]], to: &known) }
        }
        // The next process still sees the frame, and may act on it.
        let shown = try Journal.open(journalPath, .small, files).history
        #expect(shown.records.map(\.body) == [[1], [2], [3]])
        files.crash()
        let (journal, report, history) = try Journal.open(journalPath, .small, files)
        #expect(history == shown)
        #expect(report.healedFrameCount == 1)
        #expect(journal.nextSequenceNumber.rawValue == 4)
    }

    @Test func aTornTailIsSetAsideAndTheJournalGoesOn() throws {
        let files = SimulatedFiles()
        var known = History()
        do {
            let (journal, _, _) = try Journal.open(journalPath, .small, files)
            try journal.commit([[1]], to: &known)
        }
        var contents = files.contents(of: journalPath)
        let name = JournalName.segment(1)
        let end = contents[name]?.count ?? 0
        contents[name]? += Array("half a frame".utf8) + [0, 0, 0]
        files.replace(contents, in: journalPath)
        do {
            let (journal, report, history) = try Journal.open(journalPath, .small, files)
            #expect(history == known)
            let file = "\(name)-\(UInt64(end).hexadecimal)"
            #expect(
                report.tornTail == .init(file: name, offset: end, byteCount: 12, quarantinedAs: file)
            )
            let kept = files.contents(of: journalPath.appending("quarantine"))[file]
            #expect(kept == Array("half a frame".utf8))
            #expect(files.contents(of: journalPath)[name]?.count == end)
            try journal.commit([[2]], to: &known)
        }
        let (_, report, history) = try Journal.open(journalPath, .small, files)
        #expect(history == known)
        #expect(report.tornTail == nil)
    }

    @Test func aGoodFrameBehindABadOneIsNoTornTail() throws {
        let files = SimulatedFiles()
        var known = History()
        do {
            let (journal, _, _) = try Journal.open(journalPath, .small, files)
            for index in 0..<3 as Range<UInt8> { try journal.commit([[index]], to: &known) }
        }
        var contents = files.contents(of: journalPath)
        contents["HWM"] = nil
        contents[JournalName.segment(1)]?[4_096 + 104 + 50] ^= 1
        let expected = JournalError.corrupt(
            Corruption(
                file: JournalName.segment(1),
                offset: 4_096 + 104,
                firstSequenceNumber: SequenceNumber(rawValue: 2),
                reason: .badFrame
            )
        )
        #expect(throws: expected) {
            try Journal.open(journalPath, .small, SimulatedFiles.holding(contents, in: journalPath))
        }
    }

    @Test func aFailedMarkIsOnlyCounted() throws {
        let files = SimulatedFiles()
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        files.state.withLock { $0.failure = .init(call: .write, successes: 1, errno: .ioError) }
        var known = History()
        try journal.commit([[1]], to: &known)
        #expect(journal.statistics.highWaterMarkFailureCount == 1)
        try journal.commit([[2]], to: &known)
    }
}
