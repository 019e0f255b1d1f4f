import SystemPackage

extension Journal {
    /// Ends the current segment and goes on in the next; on `.full` the current one stays in use.
    func rotate(to spare: (any JournalFile)?) throws(JournalError) {
        try stockKeys(for: segment.index + 1)
        let header = SegmentHeader(
            storeID: manifest.storeID,
            index: segment.index + 1,
            baseSequenceNumber: nextSequenceNumber,
            salt: directory.files.randomBits(),
            previousChain: chain,
            previousEnd: segment.end,
            carriedByteCount: 0,
            isSealed: keyTable != nil
        )
        let next =
            if let spare {
                try directory.adopt(spare, header, filled: options.segmentBytes)
            } else {
                try directory.makeSegment(header, carried: [], fill: options.firstFillBytes)
            }
        do {
            try segment.file.truncate(to: segment.end)
            segmentByteCounts[segment.index] = segment.end
        } catch {
            // The zeros behind the end are ignored from now on; only their space is not given back.
            segmentByteCounts[segment.index] = max(segment.end, segment.filled)
        }
        segment = next
        adoptCipher()
        counters.rotationCount += 1
        if spare != nil { counters.preparedRotationCount += 1 }
        writeHighWaterMark()
    }
}

extension JournalDirectory {
    /// Turns a zero-filled file into a segment; durable under its name on return.
    func adopt(
        _ spare: any JournalFile,
        _ header: SegmentHeader,
        filled: Int
    ) throws(JournalError) -> Journal.ActiveSegment {
        try attempt("write a segment's header") { () throws(Errno) in
            try spare.writeAll(unsafe header.encoded().span.bytes, at: 0)
            try spare.syncData()
        }
        try rename(JournalName.spare, to: JournalName.segment(header.index))
        return Journal.ActiveSegment(
            index: header.index,
            salt: header.salt,
            file: spare,
            end: header.framesOffset,
            filled: filled
        )
    }

    /// Makes a segment with the verbatim frame that it carries; durable under its name on return.
    ///
    /// - Throws: `JournalError.full` with nothing left behind.
    func makeSegment(
        _ header: SegmentHeader,
        carried: [UInt8],
        fill: Int
    ) throws(JournalError) -> Journal.ActiveSegment {
        let name = JournalName.segment(header.index)
        let temporary = name + JournalName.temporarySuffix
        try remove(temporary)
        var isSyncing = false
        do throws(Errno) {
            let file = try files.open(path.appending(temporary), .createNew)
            let content = header.encoded() + carried
            try file.writeAll(unsafe content.span.bytes, at: 0)
            var filled = content.count
            if fill > content.count {
                let zeros = [UInt8](repeating: 0, count: fill - content.count)
                do throws(Errno) {
                    try file.writeAll(unsafe zeros.span.bytes, at: content.count)
                    filled = fill
                } catch {
                    guard error.isShortage else { throw error }
                    // The zeros only make later syncs faster.
                    try file.truncate(to: content.count)
                }
            }
            isSyncing = true
            try file.syncData()
            isSyncing = false
            try files.rename(path.appending(temporary), to: path.appending(name))
            isSyncing = true
            try files.syncDirectory(path)
            return Journal.ActiveSegment(
                index: header.index,
                salt: header.salt,
                file: file,
                end: header.framesOffset,
                filled: filled
            )
        } catch {
            // A sync that fails for want of room is a failed sync like any other.
            guard error.isShortage, !isSyncing else { throw .io(error, during: "make \(name)") }
            try remove(temporary)
            throw .full(.diskFull)
        }
    }
}
