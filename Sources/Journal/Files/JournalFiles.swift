package import SystemPackage

/// Every call that a journal makes to the operating system, so that a test can stand in for the disk.
///
/// Paths are never followed through a symbolic link in their last component.
package protocol JournalFiles: Sendable {
    /// Opens a file of the journal.
    func open(_ path: FilePath, _ access: FileAccess) throws(Errno) -> any JournalFile

    /// Makes a directory with mode 0700.
    func createDirectory(_ path: FilePath) throws(Errno)

    /// Returns the names in a directory, in any order, without `.` and `..`.
    func list(_ directory: FilePath) throws(Errno) -> [String]

    /// Returns what a path names, without following it.
    func status(_ path: FilePath) throws(Errno) -> FileStatus

    /// Gives a file another name in the same directory, replacing nothing that matters.
    func rename(_ from: FilePath, to: FilePath) throws(Errno)

    /// Takes a name away.
    func unlink(_ path: FilePath) throws(Errno)

    /// Makes creations, renames and removals in a directory durable.
    func syncDirectory(_ path: FilePath) throws(Errno)

    /// Returns how many bytes the daemon may still allocate on the file system of a path.
    func freeBytes(_ path: FilePath) throws(Errno) -> Int

    /// The user that must own everything.
    var userID: UInt32 { get }

    /// Returns 64 bits that nobody can foresee.
    func randomBits() -> UInt64
}

/// One open file; closed with its last reference.
package protocol JournalFile: AnyObject, Sendable {
    /// Returns up to `byteCount` bytes; fewer only at the end of the file.
    func read(_ byteCount: Int, at offset: Int) throws(Errno) -> [UInt8]

    /// Writes as many of the bytes as the system takes and returns how many; not durable.
    func write(_ bytes: RawSpan, at offset: Int) throws(Errno) -> Int

    /// Makes the file's bytes and size durable; a failure, an interruption included, says that they may be lost.
    func syncData() throws(Errno)

    /// Cuts or extends the file.
    func truncate(to byteCount: Int) throws(Errno)

    /// Returns what was opened.
    func status() throws(Errno) -> FileStatus

    /// Takes the file for this open description alone; false if another has it.
    func tryLock() throws(Errno) -> Bool
}

/// How a file is opened.
package enum FileAccess: Sendable {
    /// An existing file, for reading.
    case readOnly
    /// An existing file, for both.
    case readWrite
    /// A file for both, made with mode 0600 if it is not there.
    case createIfMissing
    /// A new file with mode 0600; an existing one is an error.
    case createNew
}

/// What a path or an open file is.
package struct FileStatus: Equatable, Sendable {
    /// What kind of thing has the name.
    package var kind: Kind
    /// The permission bits.
    package var mode: UInt32
    /// Who owns it.
    package var userID: UInt32
    /// How many bytes it holds.
    package var byteCount: Int

    /// Describes a file.
    package init(kind: Kind, mode: UInt32, userID: UInt32, byteCount: Int) {
        self.kind = kind
        self.mode = mode
        self.userID = userID
        self.byteCount = byteCount
    }

    /// What kind of thing has a name.
    package enum Kind: Sendable {
        /// A plain file.
        case file
        /// A directory.
        case directory
        /// A link, socket, pipe or device.
        case other
    }
}

extension JournalFile {
    /// Writes all bytes, however the system splits them.
    func writeAll(_ bytes: RawSpan, at offset: Int) throws(Errno) {
        var written = 0
        while written < bytes.byteCount {
            let count = try write(bytes.extracting(written..<bytes.byteCount), at: offset + written)
            // A regular file that takes nothing and reports nothing is out of space.
            guard count > 0 else { throw .noSpace }
            written += count
        }
    }
}
