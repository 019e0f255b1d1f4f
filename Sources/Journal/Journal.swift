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
    /// What the directory's files go through, so that one failed sync ends all writing.
    let files: GuardedFiles
    var manifest: Manifest
    let kek: KeyEncryptionKey?
    var keyTable: KeyTable?
    var sealedFrame: SealedFrame?
    let spares: SpareSegments
    let highWaterMark: any JournalFile
    private var lock: (any JournalFile)?
    var segment: ActiveSegment
    var chain: ChainValue
    /// The sizes of the segments on disk, the current one aside.
    var segmentByteCounts: [UInt64: Int]
    var snapshotByteCounts: [UInt64: Int]
    let reserve: Reserve
    var counters: JournalStatistics
    private(set) var failure: JournalError?

    init(
        directory: JournalDirectory,
        files: GuardedFiles,
        options: JournalOptions,
        lock: any JournalFile,
        highWaterMark: any JournalFile,
        start: Start
    ) {
        self.directory = directory
        self.files = files
        self.options = options
        self.lock = lock
        self.highWaterMark = highWaterMark
        manifest = start.manifest
        kek = start.kek
        keyTable = start.keys
        segment = start.segment
        chain = start.chain
        nextSequenceNumber = start.nextSequenceNumber
        segmentByteCounts = start.segmentByteCounts
        snapshotByteCounts = start.snapshotByteCounts
        counters = JournalStatistics()
        spares = SpareSegments(directory: directory, options: options)
        reserve = Reserve(directory: directory, options: options)
        adoptCipher()
    }

    deinit {
        spares.stop()
        reserve.stop()
    }

    /// What the owner may seal and hash with; nil for a journal that is kept in clear.
    package var keys: JournalKeys? {
        keyTable?[.root].map { JournalKeys(root: $0) }
    }

    /// What has been done since the start, and the present size.
    package var statistics: JournalStatistics {
        var statistics = counters
        statistics.byteCount = allocatedByteCount
        statistics.segmentCount = 1 + segmentByteCounts.keys.count { $0 >= manifest.firstSegment }
        statistics.logByteCount =
            segmentByteCounts.reduce(segment.end) { $1.key >= manifest.firstSegment ? $0 + $1.value : $0 }
        statistics.snapshotByteCount = snapshotByteCounts[manifest.snapshot] ?? 0
        statistics.hasPreviousGeneration = manifest.previous != nil
        statistics.hasReserve = reserve.isReady
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
        reserve.stop()
        defer { lock = nil }
        failure = .io(.badFileDescriptor, during: "use of a closed journal")
        try directory.attempt("sync \(JournalName.highWaterMark)") { () throws(Errno) in
            try highWaterMark.syncData()
        }
    }

    /// Why nothing can be written any more though no call to the journal has failed yet: a sync beside it has.
    package var syncFailure: JournalError? { files.syncFailure }

    /// Ends all writing, that of other threads too: what is on the disk is for the next start to find out.
    func fail(_ error: JournalError) {
        failure = error
        files.end()
        spares.cancel()
        reserve.cancel()
    }

    /// How many bytes of the disk the journal holds.
    var allocatedByteCount: Int {
        segmentByteCounts.values.reduce(0, +) + snapshotByteCounts.values.reduce(0, +)
            + max(segment.filled, segment.end) + spares.readyByteCount
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
        var manifest: Manifest
        var kek: KeyEncryptionKey?
        var keys: KeyTable?
        var segment: ActiveSegment
        var segmentByteCounts: [UInt64: Int]
        var snapshotByteCounts: [UInt64: Int]
        var chain: ChainValue
        var nextSequenceNumber: SequenceNumber
    }
}
