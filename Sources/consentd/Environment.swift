import Glibc
import SystemPackage

/// The process's environment.
struct Environment: Sendable {
    private var values: [String: String]
    /// Where the values come from that a file has added.
    private var files: [String: FilePath] = [:]

    /// Whether the service manager passed sockets.
    private(set) var isActivated = false

    init(_ values: [String: String], isActivated: Bool = false) {
        self.values = values
        self.isActivated = isActivated
    }

    /// Only what the service manager says.
    var withoutSettings: Environment {
        Environment(values.filter { !$0.key.hasPrefix("CONSENTD_") }, isActivated: isActivated)
    }

    /// The settings that a file may hold.
    static var fileNames: Set<String> {
        Set(names.filter { $0.hasPrefix("CONSENTD_") && $0 != "CONSENTD_SETTINGS_FILE" })
    }

    /// Adds what is not set yet.
    mutating func addMissing(_ others: [String: String], from file: FilePath) {
        for (name, value) in others where self[name] == nil {
            values[name] = value
            files[name] = file
        }
    }

    /// The variable that stands for an option.
    static func variable(of option: String) -> String {
        "CONSENTD_" + option.dropFirst(2).uppercased().replacing("-", with: "_")
    }

    /// A variable's name, and the file if one has set it.
    func description(of name: String) -> String {
        files[name].map { "\($0): \(name)" } ?? name
    }

    subscript(name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static let names = [
        "CONSENTD_SOCKET_DIRECTORY", "CONSENTD_STATE_DIRECTORY", "STATE_DIRECTORY",
        "CONSENTD_ALLOW_INSECURE_ENDPOINTS", "CONSENTD_JOURNAL_MAX_BYTES", "CONSENTD_MIN_FREE_BYTES",
        "CONSENTD_MAX_PENDING", "CONSENTD_BULK_THRESHOLD", "CONSENTD_LOG_LEVEL", "CONSENTD_IDLE_EXIT",
        "CONSENTD_ERASURE_DEADLINE", "CONSENTD_SETTINGS_FILE",
    ]

    /// Looked at once, since taking the sockets over removes the trace.
    private static let wasActivated = unsafe getenv("LISTEN_FDS") != nil

    static var current: Environment {
        var values: [String: String] = [:]
        for name in names {
            // Safety: the text is copied before anything can change the environment.
            if let text = unsafe getenv(name) { values[name] = unsafe String(cString: text) }
        }
        return Environment(values, isActivated: wasActivated)
    }
}
