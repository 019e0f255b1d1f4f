import Synchronization
import SystemPackage
import Testing

@testable import Journal

/// A journal under keys.
@Suite struct SealedJournalTests {
    private static let canary = Array("canary-of-a-subject".utf8)

    private static func open(
        _ files: SimulatedFiles,
        _ key: KeyEncryptionKey?
    ) throws(JournalError) -> (journal: Journal, history: History) {
        var history = History()
        let replay = Replay(snapshot: { history.append($0, $1, $2) }, log: { history.append($0, $1, $2) })
        let journal = try Journal.open(journalPath, options: .small, key: key, files: files, replay: replay).journal
        return (journal, history)
    }

    @Test func whatIsSealedComesBackAndStandsNowhereInClear() throws {
        let files = SimulatedFiles()
        let key = KeyEncryptionKey.random()
        var known = History()
        for _ in 0..<3 {
            let (journal, history) = try Self.open(files, key)
            #expect(history == known)
            for _ in 0..<12 { try journal.commit([Self.canary, [UInt8](repeating: 3, count: 700)], to: &known) }
        }
        #expect(try Self.open(files, key).history == known)
        for (name, bytes) in files.contents(of: journalPath) {
            #expect(!bytes.contains(Self.canary), "\(name)")
        }
    }

    @Test func aJournalInClearShowsTheCanary() throws {
        let files = SimulatedFiles()
        var known = History()
        let journal = try Self.open(files, nil).journal
        try journal.commit([Self.canary], to: &known)
        #expect(files.contents(of: journalPath).values.contains { $0.contains(Self.canary) })
    }

    @Test func aWrongOrMissingKeyIsRefusedAndChangesNothing() throws {
        let files = SimulatedFiles()
        var known = History()
        do {
            let journal = try Self.open(files, .random()).journal
            try journal.commit([[1]], to: &known)
        }
        let before = files.contents(of: journalPath)
        #expect(throws: JournalError.key(.wrong)) { try Self.open(files, .random()) }
        #expect(throws: JournalError.key(.missing)) { try Self.open(files, nil) }
        #expect(files.contents(of: journalPath) == before)
    }

    @Test func aSealedJournalIsVerifiedWithoutItsKey() throws {
        let files = SimulatedFiles()
        var known = History()
        do {
            let journal = try Self.open(files, .random()).journal
            for index in 0..<20 as Range<UInt8> {
                try journal.commit([[UInt8](repeating: index, count: 600)], to: &known)
            }
        }
        let report = try Journal.inspect(journalPath, files: files)
        #expect(report.recordCount == 20)
        var contents = files.contents(of: journalPath)
        contents[JournalName.segment(1)]?[4_300] ^= 1
        files.replace(contents, in: journalPath)
        #expect(throws: JournalError.self) { try Journal.inspect(journalPath, files: files) }
    }

    @Test func aJournalInClearIsSealedFromTheFirstStartWithAKeyOn() throws {
        let files = SimulatedFiles()
        var known = History()
        try Self.open(files, nil).journal.commit([[1]], to: &known)
        let key = KeyEncryptionKey.random()
        do {
            let (journal, history) = try Self.open(files, key)
            #expect(history == known)
            try journal.commit([Self.canary], to: &known)
        }
        #expect(try Self.open(files, key).history == known)
        #expect(!files.contents(of: journalPath).values.contains { $0.contains(Self.canary) })
        #expect(throws: JournalError.key(.missing)) { try Self.open(files, nil) }
    }

    @Test func oneHalfOfTheKeysFileMayBeDamaged() throws {
        let files = SimulatedFiles()
        let key = KeyEncryptionKey.random()
        var known = History()
        try Self.open(files, key).journal.commit([[1]], to: &known)
        var contents = files.contents(of: journalPath)
        let byteCount = contents["KEYS"]?.count ?? 0
        for offset in stride(from: 0, to: byteCount, by: 97) {
            var damaged = contents
            damaged["KEYS"]?[offset] ^= 0x10
            let copy = SimulatedFiles.holding(damaged, in: journalPath)
            #expect(try Self.open(copy, key).history == known)
        }
        contents["KEYS"]?[5] ^= 1
        contents["KEYS"]?[byteCount / 2 + 5] ^= 1
        let both = SimulatedFiles.holding(contents, in: journalPath)
        #expect(throws: JournalError.corrupt(Corruption(file: "KEYS", offset: 0, reason: .badHeader))) {
            try Self.open(both, key)
        }
    }

    @Test func secretsOpenOnlyInTheirContextAndHashesOutliveTheProcess() throws {
        let files = SimulatedFiles()
        let key = KeyEncryptionKey.random()
        let keys = try #require(try Self.open(files, key).journal.keys)
        let sealed = keys.seal([1, 2, 3], context: [9])
        #expect(keys.open(sealed, context: [9]) == [1, 2, 3])
        #expect(keys.open(sealed, context: [8]) == nil)
        let again = try #require(try Self.open(files, key).journal.keys)
        #expect(again.open(sealed, context: [9]) == [1, 2, 3])
        #expect(again.keyedHash(of: [5]) == keys.keyedHash(of: [5]))
        #expect(again.keyedHash(of: [6]) != keys.keyedHash(of: [5]))
    }

    @Test func keysAreReadRawAndAsText() {
        let key = KeyEncryptionKey.random()
        let raw = [UInt8](0..<32)
        let base64 = Array("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n".utf8)
        let hexadecimal = Array("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n".utf8)
        let prints = [raw, base64, hexadecimal].map { KeyEncryptionKey($0)?.fingerprint }
        #expect(prints[0] != nil)
        #expect(prints.allSatisfy { $0 == prints[0] })
        #expect(KeyEncryptionKey(key.text)?.fingerprint == key.fingerprint)
        for wrong in [[], [1], [UInt8](repeating: 7, count: 33), Array("xyz".utf8)] {
            #expect(KeyEncryptionKey(wrong) == nil)
        }
    }
}

extension [UInt8] {
    fileprivate func contains(_ needle: [UInt8]) -> Bool {
        guard count >= needle.count else { return false }
        return (0...count - needle.count).contains { start in
            self[start] == needle[0] && self[start..<start + needle.count].elementsEqual(needle)
        }
    }
}
