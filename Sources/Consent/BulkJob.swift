/// A job of the org's (Bulk API 2.0) that writes many people's fields in its own time.
///
/// It outlives the process: its rows are in flight until the org says that it is over, whoever asks then.
package struct BulkJob: Hashable, Sendable {
    /// The org's id of the job.
    package var id: String
    package var configuration: ConfigurationID
    /// Where the job is; its configuration may have moved to another org since.
    package var origin: String
    package var rows: [Row]

    package init(id: String, configuration: ConfigurationID, origin: String, rows: [Row]) {
        self.id = id
        self.configuration = configuration
        self.origin = origin
        self.rows = rows
    }

    /// One person in the job.
    package struct Row: Hashable, Sendable {
        /// The person's `SubjectKey.slot`.
        package var slot: UInt32
        /// As it was in the `SubjectWrite`.
        package var through: SequenceNumber
        package var records: [FoundRecord]

        package init(slot: UInt32, through: SequenceNumber, records: [FoundRecord]) {
            self.slot = slot
            self.through = through
            self.records = records
        }
    }
}
