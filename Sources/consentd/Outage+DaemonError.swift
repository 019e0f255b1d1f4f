import ConsentService
import Journal

extension Outage {
    /// What callers are told instead of the daemon's end; nil where only the end is right.
    init?(_ error: DaemonError) {
        switch error {
        case .journal(.locked), .usage, .settings, .sockets, .listen, .failed: return nil
        case .journal(let journal):
            switch journal {
            case .corrupt: self = .dataLoss("journal: \(journal)")
            case .unsupported, .refused:
                self = .dataLoss("journal: \(journal); see consentctl journal verify")
            case .io, .full: self = .unavailable("journal: \(journal)")
            default: self = .precondition("journal: \(journal)")
            }
        case .stateDirectory: self = .unavailable(error.message)
        }
    }

    /// The reason, with the command that helps.
    var message: String {
        switch self {
        case .dataLoss(let message), .precondition(let message), .unavailable(let message): message
        }
    }
}

extension [SocketRole: ListeningSocket] {
    /// Whether the service manager keeps the sockets.
    var isActivated: Bool {
        values.contains { if case .inherited = $0 { true } else { false } }
    }
}
