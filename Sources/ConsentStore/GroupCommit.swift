import Consent
import Journal

/// The journal seen from the store: records go in one by one, and become durable together.
struct GroupCommit {
    private let journal: Journal
    private var batch: JournalBatch
    private var writer: ByteWriter
    /// What secrets are sealed with.
    let keys: JournalKeys?
    /// Bytes written since somebody looked at the size of the log.
    var uncheckedByteCount = 0

    init(journal: Journal) {
        self.journal = journal
        batch = journal.makeBatch()
        keys = journal.keys
        writer = ByteWriter(keys: keys)
    }

    var segmentByteCount: Int { journal.options.segmentBytes }

    /// Ends the segment and gives what writes a snapshot of everything before; nothing may be in the batch.
    func beginSnapshot() throws(JournalError) -> SnapshotWriter {
        precondition(batch.isEmpty, "a snapshot stands for what is durable and visible")
        return try journal.beginSnapshot()
    }

    /// Lets a finished snapshot stand for the log before it.
    func adopt(_ snapshot: FinishedSnapshot, keepingPrevious: Bool) throws(JournalError) {
        try journal.adopt(snapshot, keepingPrevious: keepingPrevious)
    }

    /// Removes everything older than the snapshot.
    func dropPrevious() throws(JournalError) {
        try journal.dropPrevious()
    }

    /// Why the journal is over though it has not thrown yet: a sync beside it failed.
    var syncFailure: JournalError? { journal.syncFailure }

    var recordCount: Int { batch.recordCount }

    var byteCount: Int { batch.byteCount }

    var statistics: JournalStatistics { journal.statistics }

    /// Adds a record to the batch and returns the number it will have.
    ///
    /// - Throws: `JournalError.recordTooLarge` or `.batchFull`, with the batch unchanged.
    mutating func append(_ record: Record) throws(JournalError) -> Consent.SequenceNumber {
        var writer = ByteWriter(keys: keys)
        swap(&writer, &self.writer)
        defer { swap(&writer, &self.writer) }
        let number = try batch.append(RecordKind(rawValue: record.kind)) { buffer in
            swap(&writer.bytes, &buffer)
            record.encode(to: &writer)
            swap(&writer.bytes, &buffer)
        }
        return SequenceNumber(number.rawValue)
    }

    /// Makes the batch durable: `fdatasync` has returned.
    ///
    /// - Throws: `JournalError.full`, with nothing written and the batch dropped; any other error is final.
    mutating func commit(isEssential: Bool = false) throws(JournalError) {
        uncheckedByteCount += batch.byteCount
        do {
            try journal.commit(&batch, isEssential: isEssential)
        } catch {
            batch = journal.makeBatch()
            throw error
        }
    }

    /// Ends the journal's own background work.
    func close() throws(JournalError) {
        try journal.close()
    }
}
