import Synchronization
import SystemPackage
import Testing

@testable import Journal

/// Snapshots that stand for the past.
struct SnapshotTests {
    /// The state that these tests fold: every body there ever was, in order.
    private struct Fold: Equatable {
        var bodies: [[UInt8]] = []
    }

    private static func open(
        _ files: SimulatedFiles,
        _ key: KeyEncryptionKey?,
        _ options: JournalOptions = .small
    ) throws(JournalError) -> (journal: Journal, report: RecoveryReport, fold: Fold) {
        var fold = Fold()
        let handler: RecordHandler = { _, _, body in
            fold.bodies.append(unsafe body.withUnsafeBytes { unsafe Array($0) })
        }
        let replay = Replay(snapshot: handler, log: handler)
        let (journal, report) = try Journal.open(journalPath, options: options, key: key, files: files, replay: replay)
        return (journal, report, fold)
    }

    private static func snapshot(_ fold: Fold, _ journal: Journal, keepingPrevious: Bool = true) throws {
        var writer = try journal.beginSnapshot()
        for body in fold.bodies { try writer.append(RecordKind(rawValue: 1)) { $0 += body } }
        try journal.adopt(try writer.finish(), keepingPrevious: keepingPrevious)
    }

    private static func fill(_ journal: Journal, _ fold: inout Fold, count: Int) throws {
        var known = History()
        for index in 0..<count {
            let body = [UInt8](repeating: UInt8(truncatingIfNeeded: index + fold.bodies.count), count: 700)
            try journal.commit([body], to: &known)
            fold.bodies.append(body)
        }
    }

    @Test(arguments: [true, false])
    func theLogGoesOnBehindASnapshot(isSealed: Bool) throws {
        let files = SimulatedFiles()
        let key = isSealed ? KeyEncryptionKey.random() : nil
        var fold = Fold()
        for _ in 0..<4 {
            let (journal, _, found) = try Self.open(files, key)
            #expect(found == fold)
            try Self.fill(journal, &fold, count: 30)
            try Self.snapshot(fold, journal)
            try Self.fill(journal, &fold, count: 5)
            let statistics = journal.statistics
            #expect(statistics.snapshotByteCount > fold.bodies.count * 600)
            #expect(statistics.logByteCount < 16_384)
        }
        let (_, report, found) = try Self.open(files, key)
        #expect(found == fold)
        #expect(report.nextSequenceNumber.rawValue == 141)
        #expect(report.snapshot?.recordCount == 135)
        let names = files.contents(of: journalPath).keys.filter { $0.hasPrefix("snap-") }
        #expect(names.count == 2, "one generation before is kept")
    }

    @Test func droppingTheGenerationBeforeLeavesNoFileAndNoKeyOfIt() throws {
        let files = SimulatedFiles()
        let key = KeyEncryptionKey.random()
        var fold = Fold()
        let (journal, _, _) = try Self.open(files, key)
        try Self.fill(journal, &fold, count: 30)
        try Self.snapshot(fold, journal)
        #expect(journal.statistics.hasPreviousGeneration)
        #expect(files.contents(of: journalPath).keys.contains(JournalName.segment(1)))
        try journal.dropPrevious()
        #expect(!journal.statistics.hasPreviousGeneration)
        let first = journal.manifest.firstSegment
        for name in files.contents(of: journalPath).keys {
            if let index = JournalName.segmentIndex(name) { #expect(index >= first) }
        }
        let table = try KeyTable.decode(
            files.contents(of: journalPath)["KEYS"] ?? [],
            under: key,
            storeID: journal.manifest.storeID
        )
        #expect(table.names.allSatisfy { $0.role == .root || $0.id >= first })
        try journal.close()
        #expect(try Self.open(files, key).fold == fold)
    }

    @Test func aSnapshotThatIsBeingWrittenOutlivesTheRemovalOfOlderOnes() throws {
        let files = SimulatedFiles()
        let key = KeyEncryptionKey.random()
        var fold = Fold()
        let (journal, _, _) = try Self.open(files, key)
        try Self.fill(journal, &fold, count: 12)
        try Self.snapshot(fold, journal)
        var writer = try journal.beginSnapshot()
        for body in fold.bodies { try writer.append(RecordKind(rawValue: 1)) { $0 += body } }
        try Self.fill(journal, &fold, count: 20)
        try journal.dropPrevious()
        let finished = try writer.finish()
        try journal.dropPrevious()
        try journal.adopt(finished, keepingPrevious: false)
        try journal.close()
        #expect(try Self.open(files, key).fold == fold)
    }

    @Test func aDamagedSnapshotIsRefused() throws {
        let files = SimulatedFiles()
        var fold = Fold()
        do {
            let journal = try Self.open(files, nil).journal
            try Self.fill(journal, &fold, count: 3)
            try Self.snapshot(fold, journal)
        }
        let contents = files.contents(of: journalPath)
        let name = try #require(contents.keys.first { $0.hasPrefix("snap-") })
        let byteCount = contents[name]?.count ?? 0
        for offset in Array(0..<200) + Array(stride(from: 200, to: byteCount, by: 13)) {
            var damaged = contents
            damaged[name]?[offset] ^= 0x04
            let copy = SimulatedFiles.holding(damaged, in: journalPath)
            #expect(throws: JournalError.self, "offset \(offset)") { try Self.open(copy, nil) }
        }
        for length in [0, 100, 4_096, byteCount - 1] {
            var damaged = contents
            damaged[name] = Array(contents[name]?.prefix(length) ?? [])
            let copy = SimulatedFiles.holding(damaged, in: journalPath)
            #expect(throws: JournalError.self, "length \(length)") { try Self.open(copy, nil) }
        }
    }

    @Test func erasureAndCompactionWorkOnAFullDisk() throws {
        let files = SimulatedFiles()
        var options = JournalOptions.small
        options.reserveBytes = 64 << 10
        var fold = Fold()
        let (journal, _, _) = try Self.open(files, .random(), options)
        #expect(journal.statistics.hasReserve)
        try Self.fill(journal, &fold, count: 10)
        files.state.withLock { $0.freeByteCount = 0 }
        var batch = journal.makeBatch()
        try batch.append(RecordKind(rawValue: 1)) { $0 += [UInt8](repeating: 1, count: 900) }
        #expect(throws: JournalError.full(.diskFull)) { try journal.commit(&batch) }
        try journal.commit(&batch, isEssential: true)
        fold.bodies.append([UInt8](repeating: 1, count: 900))
        #expect(!journal.statistics.hasReserve)
        try Self.snapshot(fold, journal, keepingPrevious: false)
        try journal.close()
    }
}
