/// What a journal has done since it was opened, and how large it is.
package struct JournalStatistics: Equatable, Sendable {
    /// How many segments the live log has.
    package var segmentCount = 0
    /// How many bytes the segments, the prepared one and the snapshots take on the disk.
    package var byteCount = 0
    /// How many bytes of log lie behind the snapshot.
    package var logByteCount = 0
    /// How many bytes the snapshot takes; 0 if there is none.
    package var snapshotByteCount = 0
    /// Whether the generation before the present one is still kept.
    package var hasPreviousGeneration = false
    /// Whether the space for erasure on a full disk is set aside.
    package var hasReserve = false
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
    /// How many snapshots were adopted since the start.
    package var snapshotCount = 0
    /// How many of them had been prepared.
    package var preparedRotationCount = 0
    /// How often the advisory high-water mark could not be written.
    package var highWaterMarkFailureCount = 0
    /// What the journal is short of; nil while it accepts records.
    package var shortage: JournalError.Shortage?
}
