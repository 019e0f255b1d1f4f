/// What a journal has done since it was opened, and how large it is.
package struct JournalStatistics: Equatable, Sendable {
    /// How many segments there are.
    package var segmentCount = 0
    /// How many bytes the segments and the prepared one take on the disk.
    package var byteCount = 0
    /// How many batches were committed.
    package var commitCount = 0
    /// How many records were committed.
    package var recordCount = 0
    /// How many bytes of frames were written.
    package var writtenByteCount = 0
    /// How many syncs of frames returned.
    package var syncCount = 0
    /// How long the last of them took.
    package var lastSyncDuration = Duration.zero
    /// How many segments were begun since the start.
    package var rotationCount = 0
    /// How many of them had been prepared.
    package var preparedRotationCount = 0
    /// How often the advisory high-water mark could not be written.
    package var highWaterMarkFailureCount = 0
    /// What the journal is short of; nil while it accepts records.
    package var shortage: JournalError.Shortage?
}
