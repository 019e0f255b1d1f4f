import JSONRPC

/// Why nothing can be stored or looked up although the sockets are served.
///
/// Callers are told instead of being left in a socket's backlog, which would start the daemon again and again until the
/// service manager gives the socket up.
package enum Outage: Equatable, Sendable {
    /// The history on disk is damaged.
    case dataLoss(String)
    /// Something that a person has to set right, such as the key or the owner of the files.
    case precondition(String)
    /// The system refuses an operation.
    case unavailable(String)

    /// What every call that needs the journal is answered.
    var error: ErrorObject {
        switch self {
        case .dataLoss(let message): .status(.dataLoss, reason: "JOURNAL_CORRUPT", message: message)
        case .precondition(let message): .status(.failedPrecondition, reason: "JOURNAL_REFUSED", message: message)
        case .unavailable(let message):
            .status(
                .unavailable,
                reason: "JOURNAL_UNAVAILABLE",
                message: message,
                retryAfterMilliseconds: 5_000
            )
        }
    }
}
