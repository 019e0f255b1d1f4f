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
}
