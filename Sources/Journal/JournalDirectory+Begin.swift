import SystemPackage

/// How a journal begins, and how it goes on at a start.
extension JournalDirectory {
    /// Makes a journal whose last step is the manifest: without it, nothing was ever acknowledged.
    func create(
        names: [String],
        options: JournalOptions,
        _ kek: KeyEncryptionKey?,
        _ replay: Replay
    ) throws(JournalError) -> (Journal.Start, RecoveryReport) {
        try checkNothingIsLost(names)
        let manifest = Manifest(
            storeID: StoreID(low: files.randomBits(), high: files.randomBits()),
            firstSegment: 1,
            snapshot: 0,
            firstSealedSegment: kek == nil ? 0 : 1
        )
        let keys = try kek.map { (kek) throws(JournalError) in
            let table = KeyTable(storeID: manifest.storeID)
            // Only the manifest makes it the journal's: until then nothing was sealed.
            try prepareKeys(table.encoded(under: kek))
            return table
        }
        let header = SegmentHeader(
            storeID: manifest.storeID,
            index: 1,
            baseSequenceNumber: .first,
            salt: files.randomBits(),
            previousChain: .origin,
            previousEnd: 0,
            carriedByteCount: 0,
            isSealed: kek != nil
        )
        let segment = try makeSegment(header, carried: [], fill: options.firstFillBytes)
        try replace(JournalName.manifest, with: manifest.encoded())
        if let root = keys?[.root] {
            try rename(JournalName.keys + JournalName.temporarySuffix, to: JournalName.keys)
            replay.keys(JournalKeys(root: root))
        }
        var report = RecoveryReport(storeID: manifest.storeID)
        report.wasCreated = true
        let start = Journal.Start(
            manifest: manifest,
            kek: kek,
            keys: keys,
            segment: segment,
            segmentByteCounts: [:],
            snapshotByteCounts: [:],
            chain: .origin,
            nextSequenceNumber: .first
        )
        return (start, report)
    }

    /// Refuses to begin anew where anything but an unfinished creation is left of a journal.
    private func checkNothingIsLost(_ names: [String]) throws(JournalError) {
        let missing = JournalError.corrupt(
            Corruption(file: JournalName.manifest, offset: 0, reason: .manifestMissing)
        )
        guard !names.contains(where: JournalName.isTrace) else { throw missing }
        for name in names {
            guard let index = JournalName.segmentIndex(name) else { continue }
            let bytes = try read(name)
            guard index == 1, let header = try? SegmentHeader.decode(unsafe bytes.span.bytes, file: name),
                header.index == 1,
                unsafe bytes.span.bytes.extracting(SegmentHeader.byteCount..<bytes.count).isZero
            else { throw missing }
        }
    }

    /// Reads the history and begins a new segment behind it, which carries the last frame once more.
    ///
    /// A last segment that was never used gives way to the new one, so that starts without work leave none behind.
    func resume(
        names: [String],
        options: JournalOptions,
        _ kek: KeyEncryptionKey?,
        _ replay: Replay
    ) throws(JournalError) -> (Journal.Start, RecoveryReport) {
        var loaded = try load(names: names, .key(kek), replay)
        if let kek { try withReserve(names) { () throws(JournalError) in try sealFromNow(&loaded, kek, replay) } }
        var report = loaded.report
        let isTailKept = quarantine(loaded, &report)
        let (header, carried) = nextSegment(loaded, report, options)
        let segment = try withReserve(names) { () throws(JournalError) in
            try makeSegment(header, carried: carried, fill: options.firstFillBytes)
        }
        var segmentByteCounts = loaded.segmentByteCounts
        if header.index > loaded.lastIndex {
            segmentByteCounts[loaded.lastIndex] = loaded.lastFileByteCount
            if !isTailKept, loaded.lastFileByteCount > loaded.lastEnd.offset {
                try cut(JournalName.segment(loaded.lastIndex), to: loaded.lastEnd.offset)
                segmentByteCounts[loaded.lastIndex] = loaded.lastEnd.offset
            }
        }
        let start = Journal.Start(
            manifest: loaded.manifest,
            kek: kek,
            keys: loaded.keys,
            segment: segment,
            segmentByteCounts: segmentByteCounts,
            snapshotByteCounts: loaded.snapshotByteCounts,
            chain: loaded.chain,
            nextSequenceNumber: report.nextSequenceNumber
        )
        return (start, report)
    }

    /// The header of the segment that a start begins, and the frame that it carries.
    private func nextSegment(
        _ loaded: LoadedJournal,
        _ report: RecoveryReport,
        _ options: JournalOptions
    ) -> (header: SegmentHeader, carried: [UInt8]) {
        if let unused = loaded.unused, unused.header.isSealed == (loaded.keys != nil), options.carriesLastFrame {
            var header = unused.header
            // With a salt of its own nothing is sealed under the same key.
            header.salt = files.randomBits()
            return (header, unused.carried)
        }
        let carried = options.carriesLastFrame ? loaded.lastFrame : []
        let header = SegmentHeader(
            storeID: loaded.manifest.storeID,
            index: loaded.lastIndex + 1,
            baseSequenceNumber: report.nextSequenceNumber,
            salt: files.randomBits(),
            previousChain: loaded.chain,
            previousEnd: loaded.lastEnd.offset,
            carriedByteCount: carried.count,
            isSealed: loaded.keys != nil
        )
        return (header, carried)
    }

    /// Does something once more with the reserve's space: a daemon that cannot start on a full disk erases nobody there.
    private func withReserve<Result>(
        _ names: [String],
        _ body: () throws(JournalError) -> Result
    ) throws(JournalError) -> Result {
        do throws(JournalError) {
            return try body()
        } catch {
            guard error == .full(.diskFull), names.contains(JournalName.reserve) || names.contains(JournalName.spare)
            else { throw error }
            try remove(JournalName.spare)
            try remove(JournalName.reserve)
            try sync()
            return try body()
        }
    }

    /// Makes sure that the segment which comes next has a key.
    private func sealFromNow(
        _ loaded: inout LoadedJournal,
        _ kek: KeyEncryptionKey,
        _ replay: Replay
    ) throws(JournalError) {
        let next = loaded.lastIndex + 1
        guard var keys = loaded.keys else {
            let table = KeyTable(storeID: loaded.manifest.storeID, from: next)
            try prepareKeys(table.encoded(under: kek))
            try sync()
            loaded.manifest.firstSealedSegment = next
            try replace(JournalName.manifest, with: loaded.manifest.encoded())
            try rename(JournalName.keys + JournalName.temporarySuffix, to: JournalName.keys)
            loaded.keys = table
            if let root = table[.root] { replay.keys(JournalKeys(root: root)) }
            return
        }
        guard keys[.segment(next)] == nil else { return }
        keys.addStock(from: next)
        try replace(JournalName.keys, with: keys.encoded(under: kek))
        loaded.keys = keys
    }

    private func cut(_ name: String, to byteCount: Int) throws(JournalError) {
        let file = try open(name, .readWrite)
        try attempt("cut \(name)") { () throws(Errno) in try file.truncate(to: byteCount) }
    }

    /// Copies the unfinished bytes aside; true if they must stay because there was no room for a copy.
    private func quarantine(_ loaded: LoadedJournal, _ report: inout RecoveryReport) -> Bool {
        guard let torn = report.tornTail else { return false }
        let inside = JournalDirectory(path: path.appending(JournalName.quarantine), files: files)
        let name = "\(torn.file)-\(UInt64(torn.offset).hexadecimal)"
        do {
            try inside.createIfMissing()
            try inside.check()
            try inside.replace(name, with: loaded.tornBytes)
        } catch {
            return true
        }
        report.tornTail?.quarantinedAs = name
        return false
    }
}
