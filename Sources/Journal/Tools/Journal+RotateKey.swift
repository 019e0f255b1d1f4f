package import SystemPackage

extension Journal {
    /// Puts a stopped journal's own keys under another of the operator's; what they sealed stays as it is.
    ///
    /// - Throws: `JournalError.locked` while a daemon has it open; `.key(.wrong)` when the old key does not open it.
    package static func rotateKey(
        _ path: FilePath,
        from old: KeyEncryptionKey,
        to new: KeyEncryptionKey,
        files: any JournalFiles = PosixFiles()
    ) throws(JournalError) {
        let directory = JournalDirectory(path: path, files: files)
        try directory.check()
        let lock = try directory.takeLock(creating: true)
        defer { withExtendedLifetime(lock) {} }
        let bytes = try directory.read(JournalName.manifest, limit: Manifest.byteCount)
        let manifest = try Manifest.decode(unsafe bytes.span.bytes, file: JournalName.manifest)
        guard manifest.isSealed else { throw .key(.notSealed) }
        let table = try KeyTable.decode(try directory.read(JournalName.keys), under: old, storeID: manifest.storeID)
        try directory.replace(JournalName.keys, with: table.encoded(under: new))
    }
}
