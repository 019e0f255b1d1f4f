package import SystemPackage

extension Journal {
    /// Opens the journal in a directory, passes on its history, and begins a new segment.
    ///
    /// A journal is created only where there is no trace of one. When this returns, every record that was passed on
    /// is durable, even if an earlier process died between writing and syncing it.
    ///
    /// With a key, everything that is written from now on is sealed; a journal that was kept in clear until now stays
    /// readable. Without a key, a sealed journal is refused.
    ///
    /// - Throws: `JournalError`; an error that the replay throws becomes `.refused`.
    package static func open(
        _ path: FilePath,
        options: JournalOptions = JournalOptions(),
        key: KeyEncryptionKey? = nil,
        files: any JournalFiles = PosixFiles(),
        replay: Replay
    ) throws(JournalError) -> (journal: Journal, report: RecoveryReport) {
        options.check()
        let files = GuardedFiles(files)
        let directory = JournalDirectory(path: path, files: files)
        try directory.createIfMissing()
        try directory.check()
        let lock = try directory.takeLock(creating: true)
        let names = try directory.attempt("list journal directory") { () throws(Errno) in try files.list(path) }
        // The process before may have died of a failed sync and left names that are not on the disk yet; what this one
        // adds must not come to be there without them.
        try directory.sync()
        try directory.finishKeys(names: names)
        for name in names where JournalName.isTemporary(name) {
            try directory.remove(name)
        }
        let (start, report) =
            if names.contains(JournalName.manifest) {
                try directory.resume(
                    names: try directory.attempt("list journal directory") { () throws(Errno) in try files.list(path) },
                    options: options,
                    key,
                    replay
                )
            } else {
                try directory.create(names: names, options: options, key, replay)
            }
        let mark = try directory.open(JournalName.highWaterMark, .createIfMissing)
        let journal = Journal(
            directory: directory,
            files: files,
            options: options,
            lock: lock,
            highWaterMark: mark,
            start: start
        )
        journal.writeHighWaterMark()
        if journal.hasRoomForSpare { journal.spares.request() } else { try journal.spares.discard() }
        return (journal, report)
    }

    /// Opens a journal that has no snapshot and needs no key.
    package static func open(
        _ path: FilePath,
        options: JournalOptions = JournalOptions(),
        files: any JournalFiles = PosixFiles(),
        replay handler: @escaping RecordHandler
    ) throws(JournalError) -> (journal: Journal, report: RecoveryReport) {
        try open(path, options: options, files: files, replay: Replay(log: handler))
    }

    /// Reads a stopped journal and changes nothing, not even behind a torn tail.
    ///
    /// - Throws: `JournalError.locked` while a process has it open.
    package static func inspect(
        _ path: FilePath,
        key: KeyEncryptionKey,
        files: any JournalFiles = PosixFiles(),
        _ replay: Replay
    ) throws(JournalError) -> RecoveryReport {
        try inspect(path, .key(key), files, replay)
    }

    /// Checks a stopped journal without a key: every checksum, the chain, and what must be there.
    ///
    /// Records are passed on only from a journal that is kept in clear.
    package static func inspect(
        _ path: FilePath,
        files: any JournalFiles = PosixFiles(),
        _ handler: @escaping RecordHandler = { _, _, _ in }
    ) throws(JournalError) -> RecoveryReport {
        try inspect(path, .checksOnly, files, Replay(snapshot: handler, log: handler))
    }

    private static func inspect(
        _ path: FilePath,
        _ access: HistoryAccess,
        _ files: any JournalFiles,
        _ replay: Replay
    ) throws(JournalError) -> RecoveryReport {
        let directory = JournalDirectory(path: path, files: files)
        try directory.check()
        let names = try directory.attempt("list journal directory") { () throws(Errno) in try files.list(path) }
        let lock = names.contains(JournalName.lock) ? try directory.takeLock(creating: false) : nil
        defer { withExtendedLifetime(lock) {} }
        return try directory.load(names: names, access, replay).report
    }
}

extension JournalDirectory {
    func createIfMissing() throws(JournalError) {
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

    func takeLock(creating: Bool) throws(JournalError) -> any JournalFile {
        let lock = try open(JournalName.lock, creating ? .createIfMissing : .readOnly)
        guard try attempt("lock", { () throws(Errno) in try lock.tryLock() }) else { throw .locked }
        return lock
    }

    /// Makes a journal whose last step is the manifest: without it, nothing was ever acknowledged.
    fileprivate func create(
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
    fileprivate func resume(
        names: [String],
        options: JournalOptions,
        _ kek: KeyEncryptionKey?,
        _ replay: Replay
    ) throws(JournalError) -> (Journal.Start, RecoveryReport) {
        var loaded = try load(names: names, .key(kek), replay)
        if let kek { try withReserve(names) { () throws(JournalError) in try sealFromNow(&loaded, kek, replay) } }
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
            carriedByteCount: carried.count,
            isSealed: loaded.keys != nil
        )
        let segment = try withReserve(names) { () throws(JournalError) in
            try makeSegment(header, carried: carried, fill: options.firstFillBytes)
        }
        var segmentByteCounts = loaded.segmentByteCounts
        segmentByteCounts[loaded.lastIndex] = loaded.lastFileByteCount
        if !isTailKept, loaded.lastFileByteCount > loaded.lastEnd.offset {
            try cut(JournalName.segment(loaded.lastIndex), to: loaded.lastEnd.offset)
            segmentByteCounts[loaded.lastIndex] = loaded.lastEnd.offset
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
