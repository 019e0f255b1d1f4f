import Synchronization
import SystemPackage

/// Lets nothing be written, synced or renamed any more once a sync has failed, whichever thread it failed on.
///
/// After a failed sync nobody knows what of the file system's pages is on the disk, and a later sync may claim that all
/// of it is. Everything that a journal writes goes through here, so that none of its threads can miss that it is over.
final class GuardedFiles: JournalFiles {
    private let base: any JournalFiles
    private let isOver = Atomic(false)
    private let firstFailure = Mutex<JournalError?>(nil)

    init(_ base: any JournalFiles) {
        self.base = base
    }

    /// The first sync that failed.
    var syncFailure: JournalError? {
        isOver.load(ordering: .acquiring) ? firstFailure.withLock { $0 } : nil
    }

    /// Lets nothing be written from now on, whatever the reason.
    func end() {
        isOver.store(true, ordering: .releasing)
    }

    func open(_ path: FilePath, _ access: FileAccess) throws(Errno) -> any JournalFile {
        switch access {
        case .readOnly, .readWrite: break
        case .createIfMissing, .createNew: try check()
        }
        return GuardedFile(try base.open(path, access), of: self, name: path.lastComponent?.string ?? path.string)
    }

    func createDirectory(_ path: FilePath) throws(Errno) {
        try check()
        try base.createDirectory(path)
    }

    func list(_ directory: FilePath) throws(Errno) -> [String] {
        try base.list(directory)
    }

    func status(_ path: FilePath) throws(Errno) -> FileStatus {
        try base.status(path)
    }

    func rename(_ from: FilePath, to: FilePath) throws(Errno) {
        try check()
        try base.rename(from, to: to)
    }

    func unlink(_ path: FilePath) throws(Errno) {
        try check()
        try base.unlink(path)
    }

    func syncDirectory(_ path: FilePath) throws(Errno) {
        try sync("directory \(path.lastComponent?.string ?? path.string)") { () throws(Errno) in
            try base.syncDirectory(path)
        }
    }

    func freeBytes(_ path: FilePath) throws(Errno) -> Int {
        try base.freeBytes(path)
    }

    var userID: UInt32 { base.userID }

    func randomBits() -> UInt64 {
        base.randomBits()
    }

    /// Refuses what would change the disk once nothing may; never with an error that speaks of a lack of space.
    fileprivate func check() throws(Errno) {
        guard !isOver.load(ordering: .acquiring) else { throw .ioError }
    }

    fileprivate func sync(_ name: String, _ body: () throws(Errno) -> Void) throws(Errno) {
        try check()
        do throws(Errno) {
            try body()
        } catch {
            // Where descriptors ran out, nothing was synced and so no sync has failed.
            if error != .tooManyOpenFiles, error != .tooManyOpenFilesInSystem {
                firstFailure.withLock { $0 = $0 ?? .io(error, during: "sync \(name)") }
                end()
            }
            throw error
        }
    }
}

/// An open file of a journal that may be over.
private final class GuardedFile: JournalFile {
    private let base: any JournalFile
    private let files: GuardedFiles
    private let name: String

    init(_ base: any JournalFile, of files: GuardedFiles, name: String) {
        self.base = base
        self.files = files
        self.name = name
    }

    func read(_ byteCount: Int, at offset: Int) throws(Errno) -> [UInt8] {
        try base.read(byteCount, at: offset)
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(Errno) -> Int {
        try files.check()
        return try base.write(bytes, at: offset)
    }

    func syncData() throws(Errno) {
        try files.sync(name) { () throws(Errno) in try base.syncData() }
    }

    func truncate(to byteCount: Int) throws(Errno) {
        try files.check()
        try base.truncate(to: byteCount)
    }

    func status() throws(Errno) -> FileStatus {
        try base.status()
    }

    func tryLock() throws(Errno) -> Bool {
        try base.tryLock()
    }
}
