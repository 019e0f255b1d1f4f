package import SystemPackage

extension Journal {
    /// Opens the journal in a directory, passes on its history, and begins a new segment.
    ///
    /// A journal is created only where there is no trace of one. When this returns, every record that was passed on
    /// is durable, even if an earlier process died between writing and syncing it.
    ///
    /// - Throws: `JournalError`; an error that the handler throws becomes `.refused`.
    package static func open(
        _ path: FilePath,
        options: JournalOptions = JournalOptions(),
        files: any JournalFiles = PosixFiles(),
        replay handler: RecordHandler
    ) throws(JournalError) -> (journal: Journal, report: RecoveryReport) {
        options.check()
        let directory = JournalDirectory(path: path, files: files)
        try directory.createIfMissing()
        try directory.check()
        let lock = try directory.takeLock(creating: true)
        let names = try directory.attempt("list journal directory") { () throws(Errno) in try files.list(path) }
        for name in names where JournalName.isTemporary(name) {
            try directory.remove(name)
        }
        let (start, report) =
            if names.contains(JournalName.manifest) {
                try directory.resume(names: names, options: options, handler)
            } else {
                try directory.create(names: names, options: options)
            }
        let mark = try directory.open(JournalName.highWaterMark, .createIfMissing)
        let journal = Journal(directory: directory, options: options, lock: lock, highWaterMark: mark, start: start)
        journal.writeHighWaterMark()
        journal.requestSpare()
        return (journal, report)
    }

    /// Reads a stopped journal and changes nothing, not even behind a torn tail.
    ///
    /// - Throws: `JournalError.locked` while a process has it open.
    package static func inspect(
        _ path: FilePath,
        files: any JournalFiles = PosixFiles(),
        _ handler: RecordHandler = { _, _, _ in }
    ) throws(JournalError) -> RecoveryReport {
        let directory = JournalDirectory(path: path, files: files)
        try directory.check()
        let names = try directory.attempt("list journal directory") { () throws(Errno) in try files.list(path) }
        let lock = names.contains(JournalName.lock) ? try directory.takeLock(creating: false) : nil
        defer { withExtendedLifetime(lock) {} }
        return try directory.load(names: names, handler).report
    }
}

extension JournalDirectory {
    fileprivate func createIfMissing() throws(JournalError) {
        do {
            try files.createDirectory(path)
        } catch .fileExists {
            return
        } catch {
            throw .io(error, during: "make journal directory")
        }
        try attempt("sync the directory above the journal") { () throws(Errno) in
            try files.syncDirectory(path.removingLastComponent())
        }
    }

    fileprivate func takeLock(creating: Bool) throws(JournalError) -> any JournalFile {
        let lock = try open(JournalName.lock, creating ? .createIfMissing : .readOnly)
        guard try attempt("lock", { () throws(Errno) in try lock.tryLock() }) else { throw .locked }
        return lock
    }

    /// Makes a journal whose last step is the manifest: without it, nothing was ever acknowledged.
    fileprivate func create(
        names: [String],
        options: JournalOptions
    ) throws(JournalError) -> (Journal.Start, RecoveryReport) {
        try checkNothingIsLost(names)
        let manifest = Manifest(
            storeID: StoreID(low: files.randomBits(), high: files.randomBits()),
            firstSegment: 1,
            snapshot: 0
        )
        let header = SegmentHeader(
            storeID: manifest.storeID,
            index: 1,
            baseSequenceNumber: .first,
            salt: files.randomBits(),
            previousChain: .origin,
            previousEnd: 0,
            carriedByteCount: 0
        )
        let segment = try makeSegment(header, carried: [], fill: options.firstFillBytes)
        try replace(JournalName.manifest, with: manifest.encoded())
        var report = RecoveryReport(storeID: manifest.storeID)
        report.wasCreated = true
        let start = Journal.Start(
            storeID: manifest.storeID,
            segment: segment,
            segmentCount: 1,
            sealedByteCount: 0,
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
    fileprivate func resume(
        names: [String],
        options: JournalOptions,
        _ handler: RecordHandler
    ) throws(JournalError) -> (Journal.Start, RecoveryReport) {
        let loaded = try load(names: names, handler)
        var report = loaded.report
        let carried = options.carriesLastFrame ? loaded.lastFrame : []
        let isTailKept = quarantine(loaded, &report)
        let header = SegmentHeader(
            storeID: loaded.manifest.storeID,
            index: loaded.lastIndex + 1,
            baseSequenceNumber: report.nextSequenceNumber,
            salt: files.randomBits(),
            previousChain: loaded.chain,
            previousEnd: loaded.lastEnd.offset,
            carriedByteCount: carried.count
        )
        let segment = try makeSegment(header, carried: carried, fill: options.firstFillBytes)
        var lastByteCount = loaded.lastFileByteCount
        if !isTailKept, lastByteCount > loaded.lastEnd.offset {
            try cut(JournalName.segment(loaded.lastIndex), to: loaded.lastEnd.offset)
            lastByteCount = loaded.lastEnd.offset
        }
        let start = Journal.Start(
            storeID: loaded.manifest.storeID,
            segment: segment,
            segmentCount: report.segmentCount + 1,
            sealedByteCount: loaded.sealedByteCount + lastByteCount,
            chain: loaded.chain,
            nextSequenceNumber: report.nextSequenceNumber
        )
        return (start, report)
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
