import Synchronization
import SystemPackage
import Testing

@testable import Journal

/// What a journal does while nothing goes wrong.
@Suite struct JournalTests {
    @Test func whatWasCommittedIsReplayedInOrder() throws {
        let files = SimulatedFiles()
        var known = History()
        let (journal, report, empty) = try Journal.open(journalPath, .small, files)
        #expect(report.wasCreated)
        #expect(empty == History())
        try journal.commit([[1], [], [3, 4]], to: &known)
        try journal.commit([[5]], kind: 0x81, to: &known)
        try journal.close()
        let (_, again, replayed) = try Journal.open(journalPath, .small, files)
        #expect(replayed == known)
        #expect(again.recordCount == 4)
        #expect(again.nextSequenceNumber.rawValue == 5)
        #expect(again.highWaterMark == .reached)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func randomHistoriesComeBackWhole(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let files = SimulatedFiles(seed: seed)
        var known = History()
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let (journal, _, replayed) = try Journal.open(journalPath, .small, files)
            #expect(replayed == known, "seed \(seed)")
            for _ in 0..<Int.random(in: 0...30, using: &random) {
                let bodies = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                    (0..<Int.random(in: 0...160, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                }
                try journal.commit(bodies, to: &known)
            }
            #expect(journal.nextSequenceNumber.rawValue == UInt64(known.records.count + 1))
        }
        #expect(try Journal.read(journalPath, files).history == known, "seed \(seed)")
    }

    @Test func anEmptyBatchWritesNothing() throws {
        let files = SimulatedFiles()
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        let before = files.state.withLock { $0.writeCount }
        var batch = journal.makeBatch()
        try journal.commit(&batch)
        #expect(files.state.withLock { $0.writeCount } == before)
    }

    @Test func aCommitIsOneWriteAndOneSync() throws {
        let files = SimulatedFiles()
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        let before = files.state.withLock { ($0.writeCount, $0.syncCount) }
        var known = History()
        try journal.commit([[1], [2], [3]], to: &known)
        let after = files.state.withLock { ($0.writeCount, $0.syncCount) }
        // The second write is the high-water mark's.
        #expect(after.0 - before.0 == 2)
        #expect(after.1 - before.1 == 1)
    }

    @Test func shortWritesAreContinued() throws {
        let files = SimulatedFiles()
        files.state.withLock { $0.writeByteCountMax = 100 }
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        var known = History()
        try journal.commit([[UInt8](repeating: 7, count: 900)], to: &known)
        #expect(try Journal.open(journalPath.renamed(files), .small, files).history == known)
    }

    @Test(arguments: [JournalOptions.Preparation.never, .immediate])
    func segmentsRotate(preparation: JournalOptions.Preparation) throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        options.preparation = preparation
        var known = History()
        do {
            let (journal, _, _) = try Journal.open(journalPath, options, files)
            for index in 0..<100 {
                try journal.commit([[UInt8](repeating: UInt8(index), count: 500)], to: &known)
            }
            let statistics = journal.statistics
            #expect(statistics.rotationCount > 10)
            #expect(statistics.segmentCount == statistics.rotationCount + 1)
            #expect(statistics.preparedRotationCount == (preparation == .never ? 0 : statistics.rotationCount))
            #expect(statistics.commitCount == 100)
            #expect(statistics.recordCount == 100)
            let sizes = files.contents(of: journalPath).filter { $0.key.hasSuffix(".wal") || $0.key == "spare" }
            #expect(sizes.values.reduce(0) { $0 + $1.count } == statistics.byteCount)
            #expect(sizes.values.allSatisfy { $0.count <= 8_192 })
        }
        #expect(try Journal.open(journalPath, options, files).history == known)
    }

    @Test func aStartTakesOverTheFileThatAnEarlierOneMadeReady() throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        func writesOfAStart(_ preparation: JournalOptions.Preparation) throws -> Int {
            options.preparation = preparation
            let before = files.state.withLock { $0.writeCount }
            let (journal, _, _) = try Journal.open(journalPath, options, files)
            let after = files.state.withLock { $0.writeCount }
            try journal.close()
            return after - before
        }
        _ = try writesOfAStart(.immediate)
        #expect(files.contents(of: journalPath)["spare"]?.count == options.segmentBytes)
        let withoutPreparing = try writesOfAStart(.never)
        #expect(try writesOfAStart(.immediate) == withoutPreparing)
        options.segmentBytes *= 2
        #expect(try writesOfAStart(.immediate) > withoutPreparing, "one of another size is of no use")
        #expect(files.contents(of: journalPath)["spare"]?.count == options.segmentBytes)

        options.preparation = .immediate
        let (journal, _, _) = try Journal.open(journalPath, options, files)
        var known = History()
        while journal.statistics.preparedRotationCount < 2 {
            try journal.commit([[UInt8](repeating: 1, count: 700)], to: &known)
        }
        try journal.close()
        #expect(try Journal.read(journalPath, files).history == known)
    }

    @Test(.timeLimit(.minutes(1))) func theBackgroundPreparesOnTheRealDisk() throws {
        let directory = try TemporaryDirectory()
        var options = JournalOptions.small
        options.preparation = .background
        let path = directory.path.appending("journal")
        var known = History()
        do {
            let (journal, _, _) = try Journal.open(path, options, PosixFiles())
            // Each round gives the other thread time by doing real syncs.
            var round = 0
            while journal.statistics.preparedRotationCount < 3 {
                try journal.commit([[UInt8](repeating: UInt8(truncatingIfNeeded: round), count: 700)], to: &known)
                round += 1
            }
            try journal.close()
        }
        #expect(try Journal.open(path, options, PosixFiles()).history == known)
    }

    @Test func manyStartsNeitherLoseNorRepeat() throws {
        let files = SimulatedFiles()
        var known = History()
        for index in 0..<40 {
            let (journal, _, replayed) = try Journal.open(journalPath, .small, files)
            #expect(replayed == known)
            if index % 3 == 0 { try journal.commit([[UInt8(index)], [1, 2, 3]], to: &known) }
        }
        let (report, history) = try Journal.read(journalPath, files)
        #expect(history == known)
        // One for each start that had work.
        #expect(report.segmentCount == 14)
        #expect(report.healedFrameCount == 0)
    }

    @Test func aStartWithoutWorkLeavesNoSegmentAndKeepsTheCopyOfTheLastFrame() throws {
        let files = SimulatedFiles()
        var known = History()
        try Journal.open(journalPath, .small, files).journal.commit([[1], [2, 3]], to: &known)
        for _ in 0..<5 { #expect(try Journal.open(journalPath, .small, files).history == known) }
        let contents = files.contents(of: journalPath)
        let (first, second) = (JournalName.segment(1), JournalName.segment(2))
        #expect(contents.keys.filter { $0.hasSuffix(".wal") }.sorted() == [first, second])

        var lost = contents
        let last = try #require(lost[first]?.lastIndex { $0 != 0 })
        lost[first]?[last] ^= 1
        let (report, history) = try Journal.read(journalPath, SimulatedFiles.holding(lost, in: journalPath))
        #expect(history == known)
        #expect(report.healedFrameCount == 1)

        // What is damaged is never written over.
        var damaged = contents
        damaged[second]?[SegmentHeader.byteCount + 20] ^= 1
        let disk = SimulatedFiles.holding(damaged, in: journalPath)
        #expect(try Journal.open(journalPath, .small, disk).history == known)
        #expect(disk.contents(of: journalPath)[JournalName.segment(3)] != nil)
    }

    @Test func aSecondOpenerIsRefusedUntilTheFirstCloses() throws {
        let files = SimulatedFiles()
        let (journal, _, _) = try Journal.open(journalPath, .small, files)
        #expect(throws: JournalError.locked) { try Journal.open(journalPath, .small, files) }
        #expect(throws: JournalError.locked) { try Journal.inspect(journalPath, files: files) }
        try journal.close()
        _ = try Journal.open(journalPath, .small, files)
    }

    @Test func aClosedJournalRefusesToCommit() throws {
        let (journal, _, _) = try Journal.open(journalPath, .small, SimulatedFiles())
        try journal.close()
        var known = History()
        #expect(throws: JournalError.io(.badFileDescriptor, during: "use of a closed journal")) {
            try journal.commit([[1]], to: &known)
        }
    }

    @Test func aHandlersRefusalNamesTheRecord() throws {
        struct Unknown: Error, CustomStringConvertible { let description = "unknown kind" }
        let files = SimulatedFiles()
        var known = History()
        do {
            let (journal, _, _) = try Journal.open(journalPath, .small, files)
            try journal.commit([[1], [2]], to: &known)
        }
        #expect(throws: JournalError.refused(SequenceNumber(rawValue: 2), reason: "unknown kind")) {
            try Journal.inspect(journalPath, files: files) { number, _, _ in
                if number.rawValue == 2 { throw Unknown() }
            }
        }
    }
}

extension FilePath {
    /// The path of the same journal after its files were copied, so that no lock of the old ones holds.
    fileprivate func renamed(_ files: SimulatedFiles) -> FilePath {
        let copy = FilePath("/copy")
        files.replace(files.contents(of: self), in: copy)
        return copy
    }
}
