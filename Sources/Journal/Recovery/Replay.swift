/// Takes a history in the order in which it was made.
package struct Replay {
    /// Called first, with what opens sealed secrets; not called for a journal in clear.
    package var keys: (JournalKeys) -> Void
    /// Takes each record of the snapshot that the log continues, in the order in which they were written.
    package var snapshot: RecordHandler
    /// Takes each record of the log.
    package var log: RecordHandler
    /// Called behind the last record, before anything is written; an error refuses the history.
    package var end: () throws(JournalError) -> Void

    /// Collects the four; snapshots are refused where nobody reads them.
    package init(
        keys: @escaping (JournalKeys) -> Void = { _ in },
        snapshot: @escaping RecordHandler = { _, _, _ in throw SnapshotUnexpected() },
        log: @escaping RecordHandler,
        end: @escaping () throws(JournalError) -> Void = {}
    ) {
        self.keys = keys
        self.snapshot = snapshot
        self.log = log
        self.end = end
    }

    private struct SnapshotUnexpected: Error, CustomStringConvertible {
        let description = "the history begins with a snapshot, which this reader does not know"
    }
}
