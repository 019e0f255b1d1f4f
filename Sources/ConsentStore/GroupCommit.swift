import Consent
import Journal

/// The journal seen from the store: records go in one by one, and become durable together.
struct GroupCommit {
    private let journal: Journal
    private var batch: JournalBatch
    private var writer = ByteWriter()

    init(journal: Journal) {
        self.journal = journal
        batch = journal.makeBatch()
    }

    var recordCount: Int { batch.recordCount }

    var byteCount: Int { batch.byteCount }

    var statistics: JournalStatistics { journal.statistics }

    /// Adds a record to the batch and returns the number it will have.
    ///
    /// - Throws: `JournalError.recordTooLarge` or `.batchFull`, with the batch unchanged.
    mutating func append(_ record: Record) throws(JournalError) -> Consent.SequenceNumber {
        var writer = ByteWriter()
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
    mutating func commit() throws(JournalError) {
        do {
            try journal.commit(&batch)
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
