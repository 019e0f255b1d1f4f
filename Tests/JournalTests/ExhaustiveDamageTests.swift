import Synchronization
import SystemPackage
import Testing

@testable import Journal

/// Every bit and every length of every file of a whole journal: damage is refused, or changes nothing.
struct ExhaustiveDamageTests {
    struct Tally: CustomStringConvertible {
        var cases = 0
        var refused = 0
        /// Read as if nothing had happened, with every record as it was.
        var harmless = 0
        /// Read without complaint and other than it was written.
        var silent = 0

        var description: String { "\(cases) cases, \(refused) refused, \(harmless) harmless, \(silent) silent" }
    }

    /// One file of one journal.
    struct Subject: CustomStringConvertible {
        var journal: GoldenJournal
        var name: String

        var description: String { "\(journal.rawValue)/\(name)" }
    }

    static let subjects = GoldenJournal.allCases.flatMap { journal in
        ((try? journal.contents()) ?? [:]).keys.sorted().map { Subject(journal: journal, name: $0) }
    }

    /// A journal in memory.
    private struct Files {
        var contents: [String: [UInt8]]
        var stopsAtFirstBadFrame = false

        /// What a reader finds: the records where it can see them, and their number.
        func read(_ access: HistoryAccess) throws(JournalError) -> (bodies: [[UInt8]], report: RecoveryReport) {
            var bodies: [[UInt8]] = []
            let handler: RecordHandler = { _, _, body in bodies.append(unsafe body.withUnsafeBytes { unsafe Array($0) })
            }
            var reader = HistoryReader { name, limit throws(JournalError) in
                guard let bytes = contents[name] else { throw .io(.noSuchFileOrDirectory, during: "open \(name)") }
                return limit.map { Array(bytes.prefix($0)) } ?? bytes
            }
            reader.access = access
            reader.stopsAtFirstBadFrame = stopsAtFirstBadFrame
            let names = Array(contents.keys)
            let report = try reader.load(names: names, Replay(snapshot: handler, log: handler)).report
            return (bodies, report)
        }

        /// Whether it reads as a whole and as it was written.
        func judge(_ journal: GoldenJournal, opensKeys: Bool, _ tally: inout Tally) {
            tally.cases += 1
            do throws(JournalError) {
                if journal == .sealed {
                    // Checks that need no key find nearly everything, at a fraction of the cost.
                    let report = try read(.checksOnly).report
                    guard report.tornTail == nil, report.nextSequenceNumber.rawValue == 15 else {
                        tally.silent += 1
                        return
                    }
                    guard opensKeys else {
                        tally.harmless += 1
                        return
                    }
                }
                let found = try read(.key(journal == .sealed ? GoldenJournal.key : nil))
                let isWhole = found.bodies == GoldenJournal.bodies && found.report.tornTail == nil
                tally.harmless += isWhole ? 1 : 0
                tally.silent += isWhole ? 0 : 1
            } catch {
                tally.refused += 1
            }
        }
    }

    @Test(arguments: GoldenJournal.allCases)
    func aJournalOfTheFirstFormatIsRead(journal: GoldenJournal) throws {
        let contents = try journal.contents()
        #expect(contents.count == (journal == .sealed ? 8 : 7))
        let found = try Files(contents: contents).read(.key(journal == .sealed ? GoldenJournal.key : nil))
        #expect(found.bodies == GoldenJournal.bodies)
        #expect(found.report.snapshot?.recordCount == 6)
        #expect(found.report.highWaterMark == .reached)
        // Not only read: it goes on from there.
        let disk = SimulatedFiles.holding(contents, in: journalPath)
        let ignore = Replay(snapshot: { _, _, _ in }, log: { _, _, _ in })
        let key = journal == .sealed ? GoldenJournal.key : nil
        let opened = try Journal.open(journalPath, options: .small, key: key, files: disk, replay: ignore).journal
        #expect(opened.nextSequenceNumber.rawValue == 15)
    }

    @Test("Promise 2: damage is never taken for the end of the log", arguments: subjects)
    func noBitAndNoLengthIsSilent(subject: Subject) throws {
        let contents = try subject.journal.contents()
        let original = try #require(contents[subject.name])
        var tally = Tally()
        for offset in original.indices {
            // Nearly every damage to a file that is there twice does nothing; opening the keys for each takes minutes.
            let opensKeys = subject.name != JournalName.keys || offset % 32 == 0
            var files = Files(contents: contents)
            for bit in 0..<8 as Range<UInt8> {
                files.contents[subject.name]?[offset] = original[offset] ^ 1 << bit
                files.judge(subject.journal, opensKeys: opensKeys, &tally)
            }
            files.contents[subject.name] = Array(original[..<offset])
            files.judge(subject.journal, opensKeys: opensKeys, &tally)
        }
        print("damage, \(subject): \(tally)")
        #expect(tally.silent == 0)
        #expect(tally.cases == original.count * 9)
        if ["MANIFEST", "KEYS", JournalName.segment(3)].contains(subject.name) { #expect(tally.refused > 0) }
    }

    /// What a journal can do without: the lock, the mark, and the generation before, which nobody looks at.
    @Test(arguments: subjects)
    func aMissingFileIsDamageOrWithoutEffect(subject: Subject) throws {
        var contents = try subject.journal.contents()
        contents[subject.name] = nil
        let disk = SimulatedFiles.holding(contents, in: journalPath)
        let isNeeded =
            subject.name == "MANIFEST" || subject.name == "KEYS" || subject.name.hasPrefix("snap-")
            || subject.name == JournalName.segment(2) || subject.name == JournalName.segment(3)
        do throws(JournalError) {
            let report = try Journal.inspect(journalPath, files: disk)
            #expect(!isNeeded)
            #expect(report.nextSequenceNumber.rawValue == 15)
        } catch {
            guard isNeeded, case .corrupt(let found) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(found.file == subject.name && found.offset == 0)
            if subject.name.hasPrefix("snap-") { #expect(found.reason == .snapshotMissing) }
        }
    }

    /// The negative control: a reader that takes any damage for the end of the log is caught.
    @Test(arguments: GoldenJournal.allCases)
    func aReaderThatStopsAtTheFirstBadFrameIsCaught(journal: GoldenJournal) throws {
        let contents = try journal.contents()
        let name = JournalName.segment(3)
        let original = try #require(contents[name])
        var tally = Tally()
        for offset in stride(from: SegmentHeader.byteCount, to: original.count, by: 16) {
            var files = Files(contents: contents, stopsAtFirstBadFrame: true)
            files.contents[name]?[offset] ^= 1
            files.judge(journal, opensKeys: true, &tally)
        }
        print("control, stop at the first bad frame, \(journal.rawValue): \(tally)")
        #expect(tally.silent > 0)
    }
}
