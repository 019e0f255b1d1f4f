import Synchronization
import SystemPackage
import Testing

@testable import Journal

/// What operators do with the files.
@Suite struct JournalToolsTests {
    private static let copyPath = FilePath("/copy")

    private static func open(
        _ files: SimulatedFiles,
        _ key: KeyEncryptionKey,
        _ path: FilePath = journalPath
    ) throws(JournalError) -> (journal: Journal, history: History) {
        var history = History()
        let replay = Replay { history.append($0, $1, $2) }
        let journal = try Journal.open(path, options: .small, key: key, files: files, replay: replay).journal
        return (journal, history)
    }

    @Test func aRunningJournalIsCopiedWholeAndTheCopyGoesOn() throws {
        let files = SimulatedFiles()
        let key = KeyEncryptionKey.random()
        var known = History()
        let journal = try Self.open(files, key).journal
        for index in 0..<25 as Range<UInt8> {
            try journal.commit([[UInt8](repeating: index, count: 600)], to: &known)
        }
        let report = try JournalCopy(from: journalPath, to: Self.copyPath, files: files).run()
        #expect(report.recordCount == 25)
        #expect(report.tornTail == nil)
        try journal.commit([[1]], to: &known)
        let copy = try Self.open(files, key, Self.copyPath)
        #expect(copy.history.records == Array(known.records.dropLast()))
        #expect(throws: JournalError.self) {
            try JournalCopy(from: journalPath, to: Self.copyPath, files: files).run()
        }
    }

    @Test func aKeyIsChangedAndTheOldOneOpensNothing() throws {
        let files = SimulatedFiles()
        let old = KeyEncryptionKey.random()
        let new = KeyEncryptionKey.random()
        var known = History()
        var hash: [UInt8]?
        do {
            let journal = try Self.open(files, old).journal
            #expect(throws: JournalError.locked) {
                try Journal.rotateKey(journalPath, from: old, to: new, files: files)
            }
            try journal.commit([[1], [2]], to: &known)
            hash = journal.keys?.keyedHash(of: [7])
            try journal.close()
        }
        try Journal.rotateKey(journalPath, from: old, to: new, files: files)
        #expect(throws: JournalError.key(.wrong)) { try Self.open(files, old) }
        let (journal, history) = try Self.open(files, new)
        #expect(history == known)
        #expect(journal.keys?.keyedHash(of: [7]) == hash)
    }

    @Test func whatComesBeforeTheDamageIsSavedAndTheRestIsNamed() throws {
        let files = SimulatedFiles()
        let key = KeyEncryptionKey.random()
        var known = History()
        do {
            let journal = try Self.open(files, key).journal
            for index in 0..<25 as Range<UInt8> {
                try journal.commit([[UInt8](repeating: index, count: 600)], to: &known)
            }
            try journal.close()
        }
        var contents = files.contents(of: journalPath)
        let name = JournalName.segment(3)
        contents[name]?[4_096 + 150] ^= 1
        let damaged = SimulatedFiles.holding(contents, in: journalPath)
        let outcome = try JournalSalvage(from: journalPath, to: Self.copyPath, files: damaged).run()
        #expect(outcome.damage?.file == name)
        #expect(outcome.damage?.firstSequenceNumber == outcome.report.nextSequenceNumber)
        #expect(outcome.report.recordCount > 5)
        #expect(outcome.replaced == nil)
        let (_, history) = try Self.open(damaged, key, Self.copyPath)
        #expect(known.records.starts(with: history.records))
        #expect(damaged.contents(of: journalPath) == contents)
    }
}
