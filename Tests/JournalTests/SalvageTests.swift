import Synchronization
import SystemPackage
import Testing

@testable import Journal

/// What is saved of a journal whose beginning is damaged while what it stands for is there otherwise.
struct SalvageTests {
    private static let copyPath = FilePath("/copy")

    /// A journal on a disk of its own, and every body that was acknowledged.
    private struct Sample {
        let files = SimulatedFiles()
        let key: KeyEncryptionKey?
        var bodies: [[UInt8]] = []

        init(isSealed: Bool) {
            key = isSealed ? .random() : nil
        }

        /// Adds to the journal, with a snapshot behind each portion but the last.
        mutating func write(_ portions: [Int], keepingPrevious: Bool = true) throws {
            let journal = try open(journalPath).journal
            for (position, count) in portions.enumerated() {
                var known = History()
                for _ in 0..<count {
                    let body = [UInt8](repeating: UInt8(truncatingIfNeeded: bodies.count), count: 700)
                    try journal.commit([body], to: &known)
                    bodies.append(body)
                }
                guard position + 1 < portions.count else { break }
                var writer = try journal.beginSnapshot()
                for body in bodies { try writer.append(RecordKind(rawValue: 1)) { $0 += body } }
                try journal.adopt(try writer.finish(), keepingPrevious: keepingPrevious)
            }
            try journal.close()
        }

        func open(_ path: FilePath) throws(JournalError) -> (journal: Journal, bodies: [[UInt8]]) {
            var bodies: [[UInt8]] = []
            let handler: RecordHandler = { _, _, body in bodies.append(unsafe body.withUnsafeBytes { unsafe Array($0) })
            }
            let replay = Replay(snapshot: handler, log: handler)
            let journal = try Journal.open(path, options: .small, key: key, files: files, replay: replay).journal
            return (journal, bodies)
        }

        /// Damages a file, or takes it away.
        func damage(_ name: String, at offset: Int?) {
            var contents = files.contents(of: journalPath)
            if let offset { contents[name]?[offset] ^= 4 } else { contents[name] = nil }
            files.replace(contents, in: journalPath)
        }

        func salvage() throws(JournalError) -> JournalSalvage.Outcome {
            try JournalSalvage(from: journalPath, to: copyPath, files: files).run()
        }

        var newestSnapshot: String? {
            files.contents(of: journalPath).keys.filter { $0.hasPrefix("snap-") }.max()
        }
    }

    @Test(arguments: [true, false], [20, 4_300, nil])
    func whatADamagedSnapshotStoodForIsTakenFromTheGenerationBefore(isSealed: Bool, offset: Int?) throws {
        var sample = Sample(isSealed: isSealed)
        try sample.write([15, 12, 9])
        let name = try #require(sample.newestSnapshot)
        sample.damage(name, at: offset)
        #expect(throws: JournalError.self) { try sample.open(journalPath) }
        let outcome = try sample.salvage()
        #expect(outcome.damage == nil)
        #expect(outcome.replaced?.file == name)
        let saved = try sample.open(Self.copyPath)
        #expect(saved.bodies == sample.bodies)
        #expect(saved.journal.nextSequenceNumber.rawValue == 37)
    }

    @Test func withoutAGenerationBeforeADamagedSnapshotIsTheEnd() throws {
        var sample = Sample(isSealed: true)
        try sample.write([15, 9], keepingPrevious: false)
        sample.damage(try #require(sample.newestSnapshot), at: 4_300)
        #expect(throws: JournalError.self) { try sample.salvage() }
    }

    @Test(arguments: [true, false], [[20], [15, 9], [15, 12, 9]])
    func aManifestIsMadeAgainFromWhatSnapshotsAndSegmentsSay(isSealed: Bool, portions: [Int]) throws {
        for offset in [40, nil] {
            var sample = Sample(isSealed: isSealed)
            try sample.write(portions)
            sample.damage(JournalName.manifest, at: offset)
            #expect(throws: JournalError.self) { try sample.open(journalPath) }
            let outcome = try sample.salvage()
            #expect(outcome.damage == nil)
            #expect(outcome.replaced?.file == JournalName.manifest)
            #expect(outcome.report.snapshot == nil ? portions.count == 1 : portions.count > 1)
            let saved = try sample.open(Self.copyPath)
            #expect(saved.bodies == sample.bodies)
        }
    }

    @Test func withNeitherManifestNorSnapshotTheSegmentsTellAllThatTheyHold() throws {
        var sample = Sample(isSealed: true)
        try sample.write([15, 9])
        let snapshot = try #require(sample.newestSnapshot)
        sample.damage(JournalName.manifest, at: nil)
        sample.damage(snapshot, at: 4_300)
        let outcome = try sample.salvage()
        #expect(outcome.replaced?.file == JournalName.manifest)
        #expect(try sample.open(Self.copyPath).bodies == sample.bodies)
    }

    @Test func whatComesBehindTheReplacedBeginningIsStillCutAtItsDamage() throws {
        var sample = Sample(isSealed: true)
        try sample.write([15, 12, 30])
        let snapshot = try #require(sample.newestSnapshot)
        let segment = try #require(
            sample.files.contents(of: journalPath).keys.filter { $0.hasPrefix("seg-") }.sorted().dropLast().last
        )
        sample.damage(snapshot, at: 20)
        sample.damage(segment, at: 4_096 + 900)
        let outcome = try sample.salvage()
        #expect(outcome.replaced?.file == snapshot)
        #expect(outcome.damage?.file == segment)
        let saved = try sample.open(Self.copyPath).bodies
        #expect(saved.count > 27 && saved.count < 57 && sample.bodies.starts(with: saved))
    }
}
