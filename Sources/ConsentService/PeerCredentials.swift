import Glibc
import NIOCore

/// Who is at the other end of a connection, as the kernel saw it when it connected.
package struct PeerCredentials: Hashable, Sendable {
    package var userID: UInt32
    package var groupID: UInt32
    /// Supplementary groups.
    package var groups: [UInt32]

    package init(userID: UInt32, groupID: UInt32, groups: [UInt32]) {
        self.userID = userID
        self.groupID = groupID
        self.groups = groups
    }

    /// More groups than a process of any sane host has; the kernel's own limit is 65,536.
    private static let groupsMax = 65_536

    /// Asks the kernel about a channel's peer; nil when it will not say.
    ///
    /// Call it on the channel's event loop.
    static func of(_ channel: any Channel) -> PeerCredentials? {
        let credentials = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { descriptor in
            read(descriptor)
        }
        return credentials ?? nil
    }

    private static func read(_ descriptor: Int32) -> PeerCredentials? {
        // The kernel's `struct ucred`: pid, uid, gid.
        var ucred: (pid: Int32, uid: UInt32, gid: UInt32) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: ucred))
        // Safety: the kernel writes at most `length` bytes, and both pointers live for the call only.
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &ucred, &length) == 0 else { return nil }
        guard let groups = readGroups(descriptor) else { return nil }
        return PeerCredentials(userID: ucred.uid, groupID: ucred.gid, groups: groups)
    }

    private static func readGroups(_ descriptor: Int32) -> [UInt32]? {
        var capacity = 64
        while capacity <= groupsMax {
            var groups = [UInt32](repeating: 0, count: capacity)
            var length = socklen_t(capacity * MemoryLayout<UInt32>.size)
            // Safety: the kernel writes at most `length` bytes into the array, which lives for the call.
            let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, &groups, &length)
            if result == 0 { return Array(groups.prefix(Int(length) / MemoryLayout<UInt32>.size)) }
            guard errno == ERANGE else { return nil }
            capacity *= 4
        }
        return nil
    }
}
