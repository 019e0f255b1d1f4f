import JSONRPC

/// Which of the two sockets a connection came in by; it decides what may be called.
package enum SocketRole: String, CaseIterable, Sendable {
    case publish
    case admin

    /// The socket's file in its directory.
    package var fileName: String { rawValue + ".sock" }

    /// The group whose members may open it under systemd.
    package var groupName: String { "consent-" + rawValue }
}

extension ErrorObject {
    /// The method exists on the other socket only.
    static func notOnThisSocket(_ method: String) -> ErrorObject {
        .status(
            .permissionDenied,
            reason: "ADMIN_SOCKET_ONLY",
            message: "\(method) is answered on \(SocketRole.admin.fileName) only, "
                + "which members of the group \(SocketRole.admin.groupName) may open"
        )
    }
}
