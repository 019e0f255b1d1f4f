import Glibc
package import SystemPackage

/// The real file system.
package struct PosixFiles: JournalFiles {
    /// For whom root acts; nil for itself, like everybody else.
    private var owner: (userID: UInt32, groupID: UInt32)?

    /// Gives access to the real file system.
    package init() {}

    /// Lets root act for the owner of a path, such as the dynamic user of a service: what it makes belongs to that user.
    ///
    /// Without such a path, and for anybody but root, it is the same as `init()`.
    package init(forOwnerOf path: FilePath) {
        var status = stat()
        guard geteuid() == 0, unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0, status.st_uid != 0
        else { return }
        owner = (status.st_uid, status.st_gid)
    }

    /// Opens with `O_NOFOLLOW` and `O_CLOEXEC`.
    package func open(_ path: FilePath, _ access: FileAccess) throws(Errno) -> any JournalFile {
        var flags = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK
        switch access {
        case .readOnly: flags |= O_RDONLY
        case .readWrite: flags |= O_RDWR
        case .createIfMissing: flags |= O_RDWR | O_CREAT
        case .createNew: flags |= O_RDWR | O_CREAT | O_EXCL
        }
        let file = PosixFile(
            descriptor: try unsafe check(path.withPlatformString { unsafe Glibc.open($0, flags, 0o600) })
        )
        if let owner, flags & O_CREAT != 0 { try file.give(to: owner.userID, owner.groupID) }
        return file
    }

    /// Makes a directory with `mkdir`.
    package func createDirectory(_ path: FilePath) throws(Errno) {
        _ = try unsafe check(path.withPlatformString { unsafe mkdir($0, 0o700) })
        guard let owner else { return }
        _ = try unsafe check(path.withPlatformString { unsafe lchown($0, owner.userID, owner.groupID) })
    }

    /// Reads a directory with `readdir`.
    package func list(_ directory: FilePath) throws(Errno) -> [String] {
        guard let stream = unsafe directory.withPlatformString({ unsafe opendir($0) }) else { throw lastError() }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw lastError() }
                return names
            }
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe String(cString: UnsafeRawPointer(pointer).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }

    /// Asks `lstat`.
    package func status(_ path: FilePath) throws(Errno) -> FileStatus {
        var status = stat()
        _ = try unsafe check(path.withPlatformString { unsafe lstat($0, &status) })
        return FileStatus(status)
    }

    /// Renames with `rename`.
    package func rename(_ from: FilePath, to: FilePath) throws(Errno) {
        _ = try unsafe check(
            from.withPlatformString { from in
                unsafe to.withPlatformString { unsafe Glibc.rename(from, $0) }
            }
        )
    }

    /// Removes with `unlink`.
    package func unlink(_ path: FilePath) throws(Errno) {
        _ = try unsafe check(path.withPlatformString { unsafe Glibc.unlink($0) })
    }

    /// Opens the directory and calls `fsync`.
    package func syncDirectory(_ path: FilePath) throws(Errno) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let descriptor = try unsafe check(path.withPlatformString { unsafe Glibc.open($0, flags) })
        defer { close(descriptor) }
        _ = try check(fsync(descriptor))
    }

    /// Asks `statvfs` for what is left to users without privileges.
    package func freeBytes(_ path: FilePath) throws(Errno) -> Int {
        var status = statvfs()
        _ = try unsafe check(path.withPlatformString { unsafe statvfs($0, &status) })
        return Int(
            clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
        )
    }

    /// The effective user, or the one for whom it acts.
    package var userID: UInt32 {
        owner?.userID ?? geteuid()
    }

    /// Draws from the kernel's generator.
    package func randomBits() -> UInt64 {
        var generator = SystemRandomNumberGenerator()
        return generator.next()
    }
}

/// A descriptor that closes with its last reference.
final class PosixFile: JournalFile {
    private let descriptor: CInt

    init(descriptor: CInt) {
        self.descriptor = descriptor
    }

    deinit {
        // Every write has been followed by a checked sync, so a failing close has nothing left to lose.
        close(descriptor)
    }

    func read(_ byteCount: Int, at offset: Int) throws(Errno) -> [UInt8] {
        var failure: Errno?
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, count in
            while count < byteCount {
                let result = unsafe pread(
                    descriptor,
                    buffer.baseAddress.map { unsafe $0 + count },
                    byteCount - count,
                    off_t(offset + count)
                )
                if result < 0 {
                    if errno == EINTR { continue }
                    failure = lastError()
                    return
                }
                if result == 0 { return }
                count += result
            }
        }
        if let failure { throw failure }
        return bytes
    }

    func write(_ bytes: RawSpan, at offset: Int) throws(Errno) -> Int {
        while true {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset))
            }
            if count >= 0 { return count }
            if errno != EINTR { throw lastError() }
        }
    }

    func syncData() throws(Errno) {
        _ = try check(fdatasync(descriptor))
    }

    func truncate(to byteCount: Int) throws(Errno) {
        _ = try check(ftruncate(descriptor, off_t(byteCount)))
    }

    func status() throws(Errno) -> FileStatus {
        var status = stat()
        _ = try unsafe check(fstat(descriptor, &status))
        return FileStatus(status)
    }

    /// Hands over a file of the process's own.
    func give(to userID: UInt32, _ groupID: UInt32) throws(Errno) {
        guard try status().userID == geteuid() else { return }
        _ = try check(fchown(descriptor, userID, groupID))
    }

    func tryLock() throws(Errno) -> Bool {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw lastError()
    }
}

extension FileStatus {
    fileprivate init(_ status: stat) {
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            default: .other
            }
        self.init(kind: kind, mode: status.st_mode & 0o7777, userID: status.st_uid, byteCount: Int(status.st_size))
    }
}

private func lastError() -> Errno {
    Errno(rawValue: errno)
}

private func check(_ result: CInt) throws(Errno) -> CInt {
    guard result >= 0 else { throw lastError() }
    return result
}
