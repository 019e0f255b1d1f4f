import Journal
import SystemPackage

/// Records as a test knows them.
struct History: Equatable {
    var records: [Entry] = []

    struct Entry: Equatable {
        var number: UInt64
        var kind: UInt8
        var body: [UInt8]
    }

    /// Notes a record that was replayed.
    mutating func append(_ number: SequenceNumber, _ kind: RecordKind, _ body: RawSpan) {
        let bytes = unsafe body.withUnsafeBytes { unsafe Array($0) }
        records.append(Entry(number: number.rawValue, kind: kind.rawValue, body: bytes))
    }
}

extension Journal {
    /// Commits bodies as one batch and notes them as acknowledged.
    func commit(_ bodies: [[UInt8]], kind: UInt8 = 1, to history: inout History) throws {
        var batch = makeBatch()
        var entries: [History.Entry] = []
        for body in bodies {
            let number = try batch.append(RecordKind(rawValue: kind)) { $0 += body }
            entries.append(History.Entry(number: number.rawValue, kind: kind, body: body))
        }
        try commit(&batch)
        history.records += entries
    }

    /// Opens and collects what is replayed.
    static func open(
        _ path: FilePath,
        _ options: JournalOptions,
        _ files: any JournalFiles
    ) throws(JournalError) -> (journal: Journal, report: RecoveryReport, history: History) {
        var history = History()
        let (journal, report) = try open(path, options: options, files: files) { history.append($0, $1, $2) }
        return (journal, report, history)
    }

    /// Inspects and collects what is read.
    static func read(
        _ path: FilePath,
        _ files: any JournalFiles
    ) throws(JournalError) -> (report: RecoveryReport, history: History) {
        var history = History()
        let report = try inspect(path, files: files) { history.append($0, $1, $2) }
        return (report, history)
    }
}

extension JournalOptions {
    /// Limits so small that a few records rotate, and nothing in the background.
    static var small: JournalOptions {
        var options = JournalOptions()
        options.batchBytesMax = 1_024
        options.segmentBytes = 8_192
        options.firstFillBytes = 0
        options.reserveBytes = 0
        options.freeBytesMin = 0
        options.preparation = .never
        return options
    }
}

/// Where the simulated disk keeps its journal.
let journalPath = FilePath("/journal")
