import Glibc

extension ConsentClient {
    /// The daemon's sockets.
    public enum Door: String, CaseIterable, Sendable {
        /// For services: events, their status, health.
        case publish
        /// For operators: every method.
        case admin
    }

    /// Where a socket is: in `$CONSENTD_SOCKET_DIRECTORY`, else in `/run/consentd`.
    public static func defaultPath(_ door: Door = .publish) -> String {
        guard let text = unsafe getenv("CONSENTD_SOCKET_DIRECTORY") else { return path(of: door, in: "/run/consentd") }
        return path(of: door, in: unsafe String(cString: text))
    }

    /// Where a socket is in a directory.
    public static func path(of door: Door, in directory: String) -> String {
        "\(directory)/\(door.rawValue).sock"
    }
}
