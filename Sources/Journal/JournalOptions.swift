/// Everything in a journal that may be set, each a limit or a size in bytes.
package struct JournalOptions: Equatable, Sendable {
    /// How large a segment grows before the next one begins.
    package var segmentBytes = 16 << 20

    /// How much of a new segment is zero-filled while the start waits for it.
    package var firstFillBytes = 256 << 10

    /// How large the journal may become before it sheds.
    package var journalBytesMax = 1 << 30

    /// How much the file system must have free, else the journal sheds.
    package var freeBytesMin = 64 << 20

    /// How large the records of one batch may be together.
    package var batchBytesMax = 1 << 20

    /// How many records one batch may hold.
    package var batchRecordsMax = 4_096

    /// How much of the disk is set aside for erasure and compaction when nothing else is left; 0 for nothing.
    package var reserveBytes = 8 << 20

    /// When the next segment's file is made ready.
    package var preparation = Preparation.background

    /// Whether a start writes the last frame again; off only to prove that tests notice.
    var carriesLastFrame = true

    /// Gives the values that a daemon starts with.
    package init() {}

    /// When the next segment's file is filled with zeros.
    package enum Preparation: Sendable {
        /// On a thread of its own, so that no commit waits for it.
        case background
        /// At once on the caller's thread, so that a simulation is repeatable.
        case immediate
        /// Never: segments grow as they are written.
        case never
    }

    /// Stops the process when the sizes contradict each other.
    func check() {
        precondition(batchBytesMax > 0 && batchRecordsMax > 0, "a batch must hold a record")
        precondition(batchBytesMax <= Int(Int32.max), "a batch must fit a frame")
        precondition(
            segmentBytes >= SegmentHeader.byteCount + FrameHeader.byteCount + batchBytesMax + 8,
            "a segment must hold a frame"
        )
    }
}
