import SystemPackage

/// A journal's directory with every check that opening a file in it needs.
struct JournalDirectory: Sendable {
    var path: FilePath
    var files: any JournalFiles

    /// Refuses a directory that is not the daemon's own.
    func check() throws(JournalError) {
        let status = try attempt("stat journal directory") { () throws(Errno) in try files.status(path) }
        guard status.kind == .directory else { throw .wrongMode(path: path, .kind) }
        try check(status, path)
    }

    /// Opens a file and refuses what is not a plain file of the daemon's own.
    func open(_ name: String, _ access: FileAccess) throws(JournalError) -> any JournalFile {
        let path = path.appending(name)
        let file: any JournalFile
        do {
            file = try files.open(path, access)
        } catch .tooManySymbolicLinkLevels {
            throw .wrongMode(path: path, .kind)
        } catch {
            throw error.isShortage ? .full(.diskFull) : .io(error, during: "open \(name)")
        }
        let status = try attempt("stat \(name)") { () throws(Errno) in try file.status() }
        guard status.kind == .file else { throw .wrongMode(path: path, .kind) }
        try check(status, path)
        return file
    }

    /// Reads a file from its beginning, at most `limit` bytes of it.
    func read(_ name: String, limit: Int? = nil) throws(JournalError) -> [UInt8] {
        let file = try open(name, .readOnly)
        return try attempt("read \(name)") { () throws(Errno) in
            let size = try file.status().byteCount
            return try file.read(min(size, limit ?? size), at: 0)
        }
    }

    /// Puts a small file in place as a whole or not at all; durable on return.
    ///
    /// - Throws: `JournalError.full` with nothing left behind.
    func replace(_ name: String, with bytes: [UInt8]) throws(JournalError) {
        let temporary = try prepare(name, with: bytes)
        try rename(temporary, to: name)
    }

    /// Writes a small file under its temporary name, which is returned; its bytes are durable, its name is not.
    func prepare(_ name: String, with bytes: [UInt8]) throws(JournalError) -> String {
        let temporary = name + JournalName.temporarySuffix
        try remove(temporary)
        let file = try open(temporary, .createNew)
        do throws(Errno) {
            try file.writeAll(unsafe bytes.span.bytes, at: 0)
        } catch {
            guard error.isShortage else { throw .io(error, during: "write \(name)") }
            try remove(temporary)
            throw .full(.diskFull)
        }
        // A sync that fails for want of room is a failed sync like any other.
        try attempt("sync \(name)") { () throws(Errno) in try file.syncData() }
        return temporary
    }

    /// Writes the keys of a journal that does not have any yet; the manifest that comes next makes them count.
    func prepareKeys(_ bytes: [UInt8]) throws(JournalError) {
        _ = try prepare(JournalName.keys, with: bytes)
    }

    /// Ends a creation that was cut short between the manifest and the keys' own name.
    func finishKeys(names: [String]) throws(JournalError) {
        let temporary = JournalName.keys + JournalName.temporarySuffix
        guard names.contains(JournalName.manifest), names.contains(temporary), !names.contains(JournalName.keys) else {
            return
        }
        let bytes = try read(JournalName.manifest, limit: Manifest.byteCount)
        guard try Manifest.decode(unsafe bytes.span.bytes, file: JournalName.manifest).isSealed else { return }
        try rename(temporary, to: JournalName.keys)
    }

    /// Renames and makes the renaming durable.
    func rename(_ from: String, to name: String) throws(JournalError) {
        try attempt("rename \(name)") { () throws(Errno) in
            try files.rename(path.appending(from), to: path.appending(name))
        }
        try sync()
    }

    /// Makes the directory's entries durable.
    func sync() throws(JournalError) {
        try attempt("sync journal directory") { () throws(Errno) in try files.syncDirectory(path) }
    }

    /// Removes a name if it is there.
    func remove(_ name: String) throws(JournalError) {
        do {
            try files.unlink(path.appending(name))
        } catch .noSuchFileOrDirectory {
            return
        } catch {
            throw .io(error, during: "remove \(name)")
        }
    }

    /// Runs one step and names it if it fails.
    func attempt<Result>(
        _ operation: String,
        _ body: () throws(Errno) -> Result
    ) throws(JournalError) -> Result {
        do {
            return try body()
        } catch {
            throw .io(error, during: operation)
        }
    }

    private func check(_ status: FileStatus, _ path: FilePath) throws(JournalError) {
        guard status.userID == files.userID else { throw .wrongMode(path: path, .owner) }
        guard status.mode & 0o077 == 0 else { throw .wrongMode(path: path, .mode) }
    }
}

extension Errno {
    /// Whether the file system, the quota or a size limit has no room.
    var isShortage: Bool {
        self == .noSpace || self == .diskQuotaExceeded || self == .fileTooLarge
    }
}
