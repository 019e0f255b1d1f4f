/// What was found when a history was read.
package struct RecoveryReport: Equatable, Sendable {
    /// The history's own name.
    package var storeID: StoreID
    /// Whether there was no journal and one was made.
    package var wasCreated = false
    /// The snapshot that the log continues; nil if it begins with the first record.
    package var snapshot: Snapshot?
    /// How many segments were read.
    package var segmentCount = 0
    /// How many records were passed on.
    package var recordCount = 0
    /// The number of the first record that is still there.
    package var firstSequenceNumber = SequenceNumber.first
    /// The number of the record that comes next.
    package var nextSequenceNumber = SequenceNumber.first
    /// How many bytes the frames and headers take.
    package var byteCount = 0
    /// What a write that never finished left behind.
    package var tornTail: TornTail?
    /// How many lost frames were read from the copy that the next start had made.
    package var healedFrameCount = 0
    /// How many such copies are damaged while the frame itself is intact; harmless.
    package var damagedCopyCount = 0
    /// Whether the high-water mark could be compared.
    package var highWaterMark = MarkState.missing
    /// Segments from before the manifest's first one, which an interrupted removal left.
    package var staleSegmentCount = 0

    /// What a snapshot holds.
    package struct Snapshot: Equatable, Sendable {
        /// How many records it holds.
        package var recordCount: Int
        /// How many bytes it takes.
        package var byteCount: Int
    }

    /// The end of a segment that a crash cut short.
    package struct TornTail: Equatable, Sendable {
        /// The segment's file name.
        package var file: String
        /// Where the unfinished frame begins.
        package var offset: Int
        /// How many bytes lie there, up to the last that is not zero.
        package var byteCount: Int
        /// The copy's name under `quarantine/`; nil if only looked at or if there was no room for it.
        package var quarantinedAs: String?
    }

    /// What the high-water mark was good for.
    package enum MarkState: Equatable, Sendable {
        /// There is none.
        case missing
        /// It is damaged and says nothing.
        case damaged
        /// The history reaches it.
        case reached
    }
}
