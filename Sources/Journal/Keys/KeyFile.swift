package import SystemPackage

/// The file beside a journal that holds the operator's key where no credential is passed.
package enum KeyFile {
    /// The credential's and the file's name.
    package static let name = "journal.kek"
    /// The directory below the state directory that holds the file.
    package static let directoryName = "keys"

    /// Reads a key file of the process's own.
    ///
    /// - Throws: `JournalError.wrongMode`, `.io`, or `.key(.malformed)`.
    package static func read(
        _ path: FilePath,
        files: any JournalFiles = PosixFiles()
    ) throws(JournalError) -> KeyEncryptionKey {
        let directory = JournalDirectory(path: path.removingLastComponent(), files: files)
        let content = try directory.read(path.lastComponent?.string ?? "", limit: 4_096)
        guard let key = KeyEncryptionKey(content) else { throw .key(.malformed) }
        return key
    }

    /// Returns the key of a state directory's own file, which is made where nothing was ever sealed.
    ///
    /// - Throws: `JournalError.key(.missing)` where a sealed journal is there and the file is not.
    package static func readOrCreate(
        stateDirectory: FilePath,
        journal: FilePath,
        files: any JournalFiles = PosixFiles()
    ) throws(JournalError) -> KeyEncryptionKey {
        let directory = JournalDirectory(path: stateDirectory.appending(directoryName), files: files)
        try directory.createIfMissing()
        try directory.check()
        // Two daemons that start together must not make two keys.
        let lock = try directory.open(JournalName.lock, .createIfMissing)
        guard try directory.attempt("lock", { () throws(Errno) in try lock.tryLock() }) else { throw .locked }
        defer { withExtendedLifetime(lock) {} }
        let names = try directory.attempt("list key directory") { () throws(Errno) in
            try files.list(directory.path)
        }
        if names.contains(name) { return try read(directory.path.appending(name), files: files) }
        guard try !Journal.isSealed(journal, files: files) else { throw .key(.missing) }
        let key = KeyEncryptionKey.random()
        try directory.replace(name, with: key.text)
        return key
    }

    /// Moves a stopped journal to a new key, which takes the place of the key file beside it.
    ///
    /// A crash in between leaves the new key in `journal.kek.tmp`, durable before the journal needs it.
    package static func rotate(
        _ journal: FilePath,
        from old: KeyEncryptionKey,
        files: any JournalFiles = PosixFiles()
    ) throws(JournalError) {
        let path = journal.removingLastComponent().appending(directoryName)
        let directory = JournalDirectory(path: path, files: files)
        try directory.check()
        let key = KeyEncryptionKey.random()
        let temporary = try directory.prepare(name, with: key.text)
        try directory.sync()
        try Journal.rotateKey(journal, from: old, to: key, files: files)
        try directory.rename(temporary, to: name)
    }
}

extension Journal {
    /// Whether a directory holds a journal, or what is left of one, that only a key opens.
    package static func isSealed(
        _ path: FilePath,
        files: any JournalFiles = PosixFiles()
    ) throws(JournalError) -> Bool {
        let directory = JournalDirectory(path: path, files: files)
        let names: [String]
        do {
            names = try files.list(path)
        } catch .noSuchFileOrDirectory {
            return false
        } catch {
            throw .io(error, during: "list journal directory")
        }
        guard !names.contains(JournalName.keys) else { return true }
        guard names.contains(JournalName.manifest) else { return false }
        let bytes = try directory.read(JournalName.manifest, limit: Manifest.byteCount)
        return try Manifest.decode(unsafe bytes.span.bytes, file: JournalName.manifest).isSealed
    }
}
