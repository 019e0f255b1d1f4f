import ConsentService
import Logging
import Systemd

/// One entry for each call that changes something: who called what, and what came of it.
///
/// Beside the other loggers, since thousands of entries a second must not pay for what a rare one can.
struct AuditLog: Sendable {
    let threshold: LogThreshold
    /// Whether the log takes structured entries.
    let isJournal: Bool

    func record(_ entries: [AuditEntry]) {
        guard threshold.level <= .info else { return }
        if isJournal {
            // Without a log there is nobody to tell that there is no log.
            for entry in entries { _ = Result { try send(entry) } }
        } else {
            write(entries)
        }
    }

    private func send(_ entry: AuditEntry) throws {
        var message: [UInt8] = []
        Self.append(entry, to: &message)
        var fields = [("MESSAGE_ID", EventKind.call.rawValue)]
        Self.visit(entry) { fields.append(($1, $2)) }
        try JournalLog.send(message: String(decoding: message, as: UTF8.self), priority: .info, fields: fields)
    }

    private func write(_ entries: [AuditEntry]) {
        var lines: [UInt8] = []
        lines.reserveCapacity(entries.count * 128)
        for entry in entries {
            lines += "info: ".utf8
            Self.append(entry, to: &lines)
            lines.append(UInt8(ascii: "\n"))
        }
        LogOutput.standardError.write(lines)
    }

    private static func append(_ entry: AuditEntry, to bytes: inout [UInt8]) {
        bytes += "call (".utf8
        var isFirst = true
        visit(entry) { name, _, value in
            if !isFirst { bytes.append(UInt8(ascii: " ")) }
            isFirst = false
            bytes += name.utf8
            bytes.append(UInt8(ascii: "="))
            bytes += value.utf8
        }
        bytes.append(UInt8(ascii: ")"))
    }

    /// What an entry says, by the names in a line and in a structured entry.
    private static func visit(_ entry: AuditEntry, _ body: (_ name: String, _ field: String, _ value: String) -> Void) {
        if let configuration = entry.configuration { body("configuration", "CONSENTD_CONFIGURATION", configuration) }
        if let duration = entry.duration {
            let (seconds, attoseconds) = duration.components
            let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
            body("duration.usec", "CONSENTD_DURATION_USEC", String(microseconds))
        }
        body("method", "CONSENTD_METHOD", entry.method)
        body("peer.uid", "CONSENTD_PEER_UID", String(entry.userID))
        if let number = entry.sequenceNumber { body("seq", "CONSENTD_SEQ", String(number)) }
        body("socket", "CONSENTD_SOCKET", entry.role.rawValue)
        body("status", "CONSENTD_STATUS", entry.status)
        if let traceparent = entry.traceparent { body("traceparent", "CONSENTD_TRACEPARENT", traceparent) }
    }
}
