import SystemPackage

/// A history of opaque records on disk that never loses what it acknowledged.
///
/// Used from one thread at a time; every call blocks. What `commit` returned for survives the loss of power.
package final class Journal {
    /// The number that the next record gets.
    package internal(set) var nextSequenceNumber: SequenceNumber
    /// The sizes and limits it was opened with.
    package let options: JournalOptions

    let directory: JournalDirectory
    let storeID: StoreID
    let spares: SpareSegments
    let highWaterMark: any JournalFile
    private var lock: (any JournalFile)?
    var segment: ActiveSegment
    var chain: ChainValue
    var sealedByteCount: Int
    var counters: JournalStatistics
    var failure: JournalError?

    init(
        directory: JournalDirectory,
        options: JournalOptions,
        lock: any JournalFile,
        highWaterMark: any JournalFile,
        start: Start
    ) {
        self.directory = directory
        self.options = options
        self.lock = lock
        self.highWaterMark = highWaterMark
        storeID = start.storeID
        segment = start.segment
        chain = start.chain
        nextSequenceNumber = start.nextSequenceNumber
        sealedByteCount = start.sealedByteCount
        counters = JournalStatistics(segmentCount: start.segmentCount)
        spares = SpareSegments(directory: directory, options: options)
    }

    deinit {
        spares.stop()
    }

    /// What has been done since the start, and the present size.
    package var statistics: JournalStatistics {
        var statistics = counters
        statistics.byteCount = allocatedByteCount
        return statistics
    }

    /// Makes an empty batch for the records that come next.
    package func makeBatch() -> JournalBatch {
        JournalBatch(startingAt: nextSequenceNumber, options: options)
    }

    /// Ends the background work, makes the high-water mark durable and gives up the lock; every later call throws.
    ///
    /// Nothing that was committed depends on this.
    package func close() throws(JournalError) {
        if let failure { throw failure }
        spares.stop()
        defer { lock = nil }
        failure = .io(.badFileDescriptor, during: "use of a closed journal")
        try directory.remove(JournalName.spare)
        try directory.attempt("sync \(JournalName.highWaterMark)") { () throws(Errno) in
            try highWaterMark.syncData()
        }
    }

    /// How many bytes of the disk the journal holds.
    var allocatedByteCount: Int {
        sealedByteCount + max(segment.filled, segment.end) + spares.readyByteCount
    }

    /// The file that frames are written to.
    struct ActiveSegment {
        var index: UInt64
        var salt: UInt64
        var file: any JournalFile
        /// Where the next frame goes.
        var end: Int
        /// How far the file holds zeros or frames; writing beyond makes it grow.
        var filled: Int
    }

    /// Where a journal goes on after the history was read.
    struct Start {
        var storeID: StoreID
        var segment: ActiveSegment
        var segmentCount: Int
        var sealedByteCount: Int
        var chain: ChainValue
        var nextSequenceNumber: SequenceNumber
    }
}
