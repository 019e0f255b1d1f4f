import Journal
import SystemPackage

/// The real disk, on which every sync or every write of some files fails.
final class FailingFiles: JournalFiles {
    private let base = PosixFiles()
    private let errno: Errno
    private let call: Call
    private let suffix: String

    enum Call {
        case sync
        case write
    }

    /// Fails calls that concern the files whose names end so.
    init(_ errno: Errno, _ call: Call, of suffix: String) {
        self.errno = errno
        self.call = call
        self.suffix = suffix
    }

    func open(_ path: FilePath, _ access: FileAccess) throws(Errno) -> any JournalFile {
        let file = try base.open(path, access)
        return path.string.hasSuffix(suffix) ? FailingFile(file, call, errno) : file
    }

    func createDirectory(_ path: FilePath) throws(Errno) { try base.createDirectory(path) }
    func list(_ directory: FilePath) throws(Errno) -> [String] { try base.list(directory) }
    func status(_ path: FilePath) throws(Errno) -> FileStatus { try base.status(path) }
    func rename(_ from: FilePath, to: FilePath) throws(Errno) { try base.rename(from, to: to) }
    func unlink(_ path: FilePath) throws(Errno) { try base.unlink(path) }
    func syncDirectory(_ path: FilePath) throws(Errno) { try base.syncDirectory(path) }
    func freeBytes(_ path: FilePath) throws(Errno) -> Int { try base.freeBytes(path) }
    var userID: UInt32 { base.userID }
    func randomBits() -> UInt64 { base.randomBits() }
}

private final class FailingFile: JournalFile {
    private let base: any JournalFile
    private let call: FailingFiles.Call
    private let errno: Errno

    init(_ base: any JournalFile, _ call: FailingFiles.Call, _ errno: Errno) {
        self.base = base
        self.call = call
        self.errno = errno
    }

    func read(_ byteCount: Int, at offset: Int) throws(Errno) -> [UInt8] { try base.read(byteCount, at: offset) }

    func write(_ bytes: RawSpan, at offset: Int) throws(Errno) -> Int {
        guard call != .write else { throw errno }
        return try base.write(bytes, at: offset)
    }

    func syncData() throws(Errno) {
        guard call != .sync else { throw errno }
        try base.syncData()
    }

    func truncate(to byteCount: Int) throws(Errno) { try base.truncate(to: byteCount) }
    func status() throws(Errno) -> FileStatus { try base.status() }
    func tryLock() throws(Errno) -> Bool { try base.tryLock() }
}
