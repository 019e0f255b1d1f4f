import SystemPackage

extension Journal {
    /// Writes the batch as one frame and returns once it is durable; the batch is empty afterwards.
    ///
    /// Durable means that `fdatasync` has returned. The batch must begin at `nextSequenceNumber`.
    ///
    /// An essential batch (an erasure, an outcome) is not held back by the two limits, and may use up the reserve.
    ///
    /// - Throws: `JournalError.full` with nothing written, the batch unchanged and the journal usable;
    ///   `JournalError.io` after which the journal refuses every further call and the process must end.
    package func commit(_ batch: inout JournalBatch, isEssential: Bool = false) throws(JournalError) {
        if let failure { throw failure }
        guard !batch.isEmpty else { return }
        precondition(batch.firstSequenceNumber == nextSequenceNumber, "a batch must continue the history")
        do {
            try withReserve(isEssential) { () throws(JournalError) in
                try checkFilesAhead()
                try makeRoom(for: batch.frameByteCount, isEssential: isEssential)
                try checkFilesAhead()
                try write(&batch)
            }
        } catch {
            switch error {
            case .full(let shortage): counters.shortage = shortage
            default: fail(error)
            }
            throw error
        }
        if !isEssential { counters.shortage = nil }
        batch.removeAll(startingAt: nextSequenceNumber)
        writeHighWaterMark()
        reserve.request()
    }

    /// Ends the journal where the sync of a file that is made beside it failed.
    private func checkFilesAhead() throws(JournalError) {
        if let errno = spares.syncFailure ?? reserve.syncFailure {
            throw .io(errno, during: "sync a file that is made ready")
        }
        if let syncFailure { throw syncFailure }
    }

    /// Finds room for a frame: in the zeros ahead, in the prepared segment, or by growing.
    private func makeRoom(for byteCount: Int, isEssential: Bool) throws(JournalError) {
        let free = try directory.attempt("statvfs") { () throws(Errno) in try directory.files.freeBytes(directory.path)
        }
        guard isEssential || free >= options.freeBytesMin else { throw .full(.freeBytesMin) }
        if segment.end + byteCount <= segment.filled { return }
        if let spare = spares.take() {
            try rotate(to: spare)
            requestSpare()
            return
        }
        requestSpare()
        let isGrowing = segment.end + byteCount <= options.segmentBytes
        let growth = isGrowing ? segment.end + byteCount - segment.filled : SegmentHeader.byteCount + byteCount
        if !isEssential, allocatedByteCount + growth > options.journalBytesMax {
            guard manifest.previous != nil else { throw .full(.journalBytesMax) }
            // A copy for a rainy day is worth less than taking what comes in.
            try dropPrevious()
            guard allocatedByteCount + growth <= options.journalBytesMax else { throw .full(.journalBytesMax) }
        }
        if !isGrowing { try rotate(to: nil) }
    }

    /// Asks for the next segment's file where the limit leaves room for it.
    func requestSpare() {
        if hasRoomForSpare { spares.request() }
    }

    var hasRoomForSpare: Bool {
        allocatedByteCount + options.segmentBytes <= options.journalBytesMax
    }

    private func write(_ batch: inout JournalBatch) throws(JournalError) {
        let recordCount = batch.recordCount
        try batch.withFrame(offset: segment.end, salt: segment.salt, previousChain: chain, sealed: &sealedFrame) {
            (frame, newChain) throws(JournalError) in
            let clock = ContinuousClock()
            do throws(Errno) {
                try segment.file.writeAll(frame, at: segment.end)
            } catch {
                guard error.isShortage else { throw .io(error, during: "write a frame") }
                try cutBack(byteCount: frame.byteCount)
                throw .full(.diskFull)
            }
            let start = clock.now
            try directory.attempt("sync a frame") { () throws(Errno) in try segment.file.syncData() }
            counters.lastSyncDuration = clock.now - start
            counters.syncCount += 1
            counters.writtenByteCount += frame.byteCount
            segment.end += frame.byteCount
            segment.filled = max(segment.filled, segment.end)
            chain = newChain
        }
        counters.commitCount += 1
        counters.recordCount += recordCount
        nextSequenceNumber = nextSequenceNumber.advanced(by: recordCount)
    }

    /// Takes away what a failed write left behind the last good byte, durably.
    private func cutBack(byteCount: Int) throws(JournalError) {
        try directory.attempt("cut back a frame") { () throws(Errno) in
            // Zeros that are on the disk already can be written again without new space.
            let overwritten = min(byteCount, segment.filled - segment.end)
            if overwritten > 0 {
                try segment.file.writeAll(unsafe [UInt8](repeating: 0, count: overwritten).span.bytes, at: segment.end)
            }
            try segment.file.truncate(to: max(segment.filled, segment.end))
            try segment.file.syncData()
        }
    }

    /// Tells the next start how far the history came; its failure loses nothing.
    func writeHighWaterMark() {
        let mark = HighWaterMark(
            storeID: manifest.storeID,
            segment: segment.index,
            end: segment.end,
            nextSequenceNumber: nextSequenceNumber
        )
        do {
            try highWaterMark.writeAll(unsafe mark.encoded().span.bytes, at: 0)
        } catch {
            counters.highWaterMarkFailureCount += 1
        }
    }
}
