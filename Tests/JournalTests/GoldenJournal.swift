import Glibc
import SystemPackage

@testable import Journal

/// Whole journals as the first version of the format wrote them, kept beside this file; they must stay readable for ever.
///
/// `CONSENTD_RECORD=1` writes those that are not there; one that is there is never written again.
enum GoldenJournal: String, CaseIterable {
    case clear = "format-1-clear"
    case sealed = "format-1-sealed"

    /// The key of the sealed one.
    static let key: KeyEncryptionKey? = KeyEncryptionKey([UInt8](0..<32))

    /// The bodies that its snapshot and its log hold, in order.
    static let bodies: [[UInt8]] = (0..<14 as Range<UInt8>).map { number in
        number == 0 ? [] : [UInt8](repeating: number, count: Int(number) * 7)
    }

    /// The files, by name.
    func contents() throws(Errno) -> [String: [UInt8]] {
        let files = PosixFiles()
        if unsafe getenv("CONSENTD_RECORD") != nil, (try? files.status(directory)) == nil { try record() }
        var contents: [String: [UInt8]] = [:]
        for name in try files.list(directory) {
            let file = try files.open(directory.appending(name), .readOnly)
            contents[name] = try file.read(try file.status().byteCount, at: 0)
        }
        return contents
    }

    private var directory: FilePath {
        FilePath(#filePath).removingLastComponent().appending("Golden").appending(rawValue)
    }

    /// A snapshot with the generation before, a segment behind it, a second start, and a mark that reaches the end.
    private func record() throws(Errno) {
        let disk = SimulatedFiles(seed: 7)
        do throws(JournalError) {
            let key = self == .sealed ? Self.key : nil
            let ignore = Replay(snapshot: { _, _, _ in }, log: { _, _, _ in })
            for bodies in [Self.bodies.prefix(10), Self.bodies.suffix(4)] {
                let journal = try Journal.open(journalPath, options: .small, key: key, files: disk, replay: ignore)
                    .journal
                for pair in stride(from: bodies.startIndex, to: bodies.endIndex, by: 2) {
                    var batch = journal.makeBatch()
                    for body in bodies[pair..<pair + 2] { try batch.append(RecordKind(rawValue: 1)) { $0 += body } }
                    try journal.commit(&batch)
                    guard pair == 4 else { continue }
                    var writer = try journal.beginSnapshot()
                    for body in bodies[...5] { try writer.append(RecordKind(rawValue: 1)) { $0 += body } }
                    try journal.adopt(try writer.finish())
                }
                try journal.close()
            }
        } catch {
            preconditionFailure("a journal is written without faults: \(error)")
        }
        let files = PosixFiles()
        try files.createDirectory(directory)
        for (name, bytes) in disk.contents(of: journalPath) {
            try files.open(directory.appending(name), .createNew).writeAll(unsafe bytes.span.bytes, at: 0)
        }
    }
}
