import CSystemd
import Glibc

/// The listening sockets that the service manager opened for this process.
package enum SocketActivation {
    /// Takes over the passed sockets and returns them by name; empty when there are none.
    ///
    /// Their order is undefined, so they are told apart by `FileDescriptorName=`. To be called once and before other
    /// threads run, since it removes the `LISTEN_` variables from the environment. The descriptors are closed on exec
    /// and belong to the caller. Whatever is thrown, the sockets stay open for the service manager's sake.
    ///
    /// - Throws: `SystemdError` for a name outside `expected`, a name used twice, or a descriptor that is not a
    ///   listening Unix stream socket.
    package static func take(expected: Set<String>) throws(SystemdError) -> [String: Int32] {
        var rawNames: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = try checked(unsafe sd_listen_fds_with_names(1, &rawNames), "sd_listen_fds_with_names")
        var passed: [(name: String, descriptor: Int32)] = []
        if let rawNames = unsafe rawNames {
            for index in 0..<Int(count) {
                guard let rawName = unsafe rawNames[index] else { break }
                passed.append((unsafe String(cString: rawName), SD_LISTEN_FDS_START + Int32(index)))
                unsafe free(rawName)
            }
            unsafe free(rawNames)
        }
        return try named(passed, expected: expected)
    }

    /// Checks passed sockets and returns them by name.
    static func named(
        _ passed: [(name: String, descriptor: Int32)],
        expected: Set<String>
    ) throws(SystemdError) -> [String: Int32] {
        var sockets: [String: Int32] = [:]
        for (name, descriptor) in passed {
            guard expected.contains(name) else { throw .unknownSocket(name: name) }
            guard sockets[name] == nil else { throw .duplicateSocket(name: name) }
            let type = Int32(SOCK_STREAM.rawValue)
            let isSuitable = sd_is_socket_unix(descriptor, type, 1, nil, 0)
            guard isSuitable > 0 else { throw .notAListeningStreamSocket(name: name) }
            guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw .io(errno: errno, during: "fcntl") }
            sockets[name] = descriptor
        }
        return sockets
    }
}
