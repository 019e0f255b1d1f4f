/// The bounds of one connection.
enum ClientLimits {
    /// The longest answer; the daemon's largest page is far below.
    static let messageBytesMax = 64 << 20
    /// The deepest nesting in an answer.
    static let nestingMax = 128
    /// Calls that may wait for their answer at once.
    static let pendingCallsMax = 65_536
    /// Events of one watch that its reader has not taken yet.
    static let watchEventsMax = 4_096
    /// How long the daemon's own deadline may be overdue before the client gives up by itself.
    static let deadlineGrace = Duration.seconds(2)
    /// The daemon's deadline for a call that names none.
    static let defaultTimeout = Duration.seconds(30)
}
