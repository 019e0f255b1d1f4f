import ConsentService
import Logging

/// One entry for each call that changes something: who called what, and what came of it.
struct AuditLog: Sendable {
    let logger: Logger

    func record(_ entry: AuditEntry) {
        var metadata: Logger.Metadata = [
            "method": "\(entry.method)",
            "peer.uid": "\(entry.userID)",
            "socket": "\(entry.role.rawValue)",
            "status": "\(entry.status)",
        ]
        if let number = entry.sequenceNumber { metadata["seq"] = "\(number)" }
        if let configuration = entry.configuration { metadata["configuration"] = "\(configuration)" }
        if let duration = entry.duration {
            let (seconds, attoseconds) = duration.components
            metadata["duration.usec"] = "\(seconds * 1_000_000 + attoseconds / 1_000_000_000_000)"
        }
        logger.log(.call, .info, "call", metadata)
    }
}
