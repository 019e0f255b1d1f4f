import Logging
import Systemd

/// Writes structured entries to the system's log where standard error leads there, and plain lines otherwise.
struct DaemonLogHandler: LogHandler {
    /// Names the kind of an entry in its metadata.
    static let kindKey = "event"

    private let threshold: LogThreshold
    private let isJournal: Bool
    var metadata: Logger.Metadata = [:]

    init(threshold: LogThreshold, isJournal: Bool) {
        self.threshold = threshold
        self.isJournal = isJournal
    }

    var logLevel: Logger.Level {
        get { threshold.level }
        set { threshold.level = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        if isJournal {
            // Without a log there is nobody to tell that there is no log.
            _ = Result {
                try JournalLog.send(
                    message: Self.text(event.message.description, all),
                    priority: event.level.priority,
                    fields: all.map { Self.field($0.key, "\($0.value)") }
                )
            }
            return
        }
        LogOutput.standardError.write(Array("\(event.level): \(Self.text(event.message.description, all))\n".utf8))
    }

    /// The message with what belongs to it, for those who see nothing else.
    private static func text(_ message: String, _ metadata: Logger.Metadata) -> String {
        let details = metadata.filter { $0.key != kindKey }.sorted { $0.key < $1.key }
        guard !details.isEmpty else { return message }
        return message + " (" + details.map { "\($0.key)=\($0.value)" }.joined(separator: " ") + ")"
    }

    private static func field(_ key: String, _ value: String) -> (name: String, value: String) {
        if key == kindKey { return ("MESSAGE_ID", value) }
        return ("CONSENTD_" + key.uppercased().replacing(".", with: "_").replacing("-", with: "_"), value)
    }
}

extension Logger {
    /// Logs an entry of a kind that the message catalog explains.
    func log(
        _ kind: EventKind,
        _ level: Logger.Level,
        _ message: Logger.Message,
        _ metadata: Logger.Metadata = [:]
    ) {
        var metadata = metadata
        metadata[DaemonLogHandler.kindKey] = "\(kind.rawValue)"
        log(level: level, message, metadata: metadata)
    }
}

extension Logger.Level {
    fileprivate var priority: JournalLog.Priority {
        switch self {
        case .trace, .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        case .critical: .critical
        }
    }
}
