import Glibc
package import SystemPackage

/// A socket to listen on: a path to bind, or one that was bound for us.
package enum ListeningSocket: Sendable {
    /// Made by us, for the daemon's own user and root only.
    case path(FilePath)
    /// Passed by the service manager, which set mode and group; never unlinked or shut down by us.
    case inherited(CInt)
}

/// Why a socket cannot be had.
package enum ListenError: Error, Equatable, CustomStringConvertible {
    /// Somebody is there: a live socket is never replaced.
    case inUse(FilePath)
    /// Something that is no socket has the name.
    case notASocket(FilePath)
    case pathTooLong(FilePath)
    case io(Errno, FilePath)

    package var description: String {
        switch self {
        case .inUse(let path): "\(path): another process serves this socket"
        case .notASocket(let path): "\(path): exists and is not a socket"
        case .pathTooLong(let path): "\(path): longer than a socket's path may be (107 bytes)"
        case .io(let errno, let path): "\(path): \(errno)"
        }
    }
}

extension ListeningSocket {
    /// Makes room for a socket at a path: takes away a dead one, refuses to touch anything else.
    static func clear(_ path: FilePath) throws(ListenError) {
        var status = stat()
        // Safety: both pointers live for the call only.
        guard unsafe lstat(path.string, &status) == 0 else {
            if errno == ENOENT { return }
            throw .io(Errno(rawValue: errno), path)
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw .notASocket(path) }
        guard try !isAlive(path) else { throw .inUse(path) }
        guard unsafe unlink(path.string) == 0 || errno == ENOENT else { throw .io(Errno(rawValue: errno), path) }
    }

    /// Makes a socket at a path, with the mode 0660 from the moment the node exists.
    ///
    /// A node gets the mode of its socket less what the process masks, so the mask has to let that mode through, and no
    /// more. It is the mask of the whole process: nothing may be awaited here, and it hides nothing that another thread
    /// wants for its files, none of which are for others at all.
    static func bind(_ path: FilePath) throws(ListenError) -> CInt {
        let address = try address(path)
        let descriptor = try open(path)
        var result = fchmod(descriptor, 0o660)
        if result == 0 {
            let previous = umask(0o007)
            result = unsafe with(address) { unsafe Glibc.bind(descriptor, $0, $1) }
            let error = errno
            umask(previous)
            errno = error
        }
        guard result == 0 else {
            let error = Errno(rawValue: errno)
            _ = close(descriptor)
            if error == .addressInUse { throw .inUse(path) }
            throw .io(error, path)
        }
        return descriptor
    }

    /// Whether anybody may be there: everything but the kernel's word that nobody is counts for somebody, such as a
    /// socket of another type, or one that this user may not open or whose backlog is full.
    private static func isAlive(_ path: FilePath) throws(ListenError) -> Bool {
        let address = try address(path)
        let descriptor = try open(path, flags: Int32(SOCK_NONBLOCK.rawValue))
        defer { _ = close(descriptor) }
        guard unsafe with(address, { unsafe connect(descriptor, $0, $1) }) != 0 else { return true }
        return errno != ECONNREFUSED && errno != ENOENT
    }

    private static func open(_ path: FilePath, flags: Int32 = 0) throws(ListenError) -> CInt {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | flags, 0)
        guard descriptor >= 0 else { throw .io(Errno(rawValue: errno), path) }
        return descriptor
    }

    private static func address(_ path: FilePath) throws(ListenError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.string.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .pathTooLong(path) }
        // Safety: the bytes and a terminating zero fit the path, as was just checked.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        return address
    }

    /// Hands an address to a call of the kernel's, which reads it and keeps nothing of it.
    private static func with(_ address: sockaddr_un, _ call: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe call($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
