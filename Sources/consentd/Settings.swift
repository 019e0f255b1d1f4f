import ArgumentParser
import Delivery
import Glibc
import Logging
import SystemPackage

/// How the daemon runs, checked: the command line, then the environment, then the settings file, then the defaults.
struct Settings: Sendable {
    /// Nil under socket activation.
    var socketDirectory: FilePath?
    var stateDirectory: FilePath
    var allowsInsecureEndpoints: Bool
    var journalBytesMax: Int
    var freeBytesMin: Int
    var pendingMax: Int
    /// Zero is never.
    var bulkThreshold: Int
    var logLevel: Logger.Level
    /// Zero is never.
    var idleExit: Duration
    /// How soon the disk holds nothing of an erased person any more.
    var erasureDeadline: Duration

    var journalDirectory: FilePath { stateDirectory.appending("journal") }

    /// - Throws: `ValidationError` naming the option, which ends the process with a usage error.
    init(flags: Flags, environment: Environment) throws {
        var environment = environment
        if let path = flags.settingsFile ?? environment["CONSENTD_SETTINGS_FILE"] {
            environment.addMissing(try SettingsFile.read(FilePath(path), names: Environment.fileNames))
        }
        socketDirectory = (flags.socketDirectory ?? environment["CONSENTD_SOCKET_DIRECTORY"]).map { FilePath($0) }
        stateDirectory = FilePath(
            flags.stateDirectory ?? environment["CONSENTD_STATE_DIRECTORY"] ?? environment["STATE_DIRECTORY"]
                ?? "/var/lib/consentd"
        )
        allowsInsecureEndpoints =
            try flags.allowInsecureEndpoints || environment.flag("CONSENTD_ALLOW_INSECURE_ENDPOINTS")
        journalBytesMax = try Self.size(
            flags.journalMaxBytes ?? environment["CONSENTD_JOURNAL_MAX_BYTES"],
            name: "--journal-max-bytes",
            default: 1 << 30,
            in: 32 << 20...Int.max
        )
        freeBytesMin = try Self.size(
            flags.minFreeBytes ?? environment["CONSENTD_MIN_FREE_BYTES"],
            name: "--min-free-bytes",
            default: 64 << 20,
            in: 0...Int.max
        )
        pendingMax = try Self.size(
            flags.maxPending ?? environment["CONSENTD_MAX_PENDING"],
            name: "--max-pending",
            default: 1_000_000,
            in: 1...100_000_000
        )
        bulkThreshold = try Self.size(
            flags.bulkThreshold ?? environment["CONSENTD_BULK_THRESHOLD"],
            name: "--bulk-threshold",
            default: DeliveryOptions().bulkThreshold,
            in: 0...100_000_000
        )
        let level = flags.logLevel ?? environment["CONSENTD_LOG_LEVEL"] ?? "info"
        guard let logLevel = Logger.Level(rawValue: level) else {
            throw ValidationError(
                "--log-level: \(level) is none of trace, debug, info, notice, warning, error, critical"
            )
        }
        self.logLevel = logLevel
        idleExit = try Self.time(
            flags.idleExit ?? environment["CONSENTD_IDLE_EXIT"],
            name: "--idle-exit",
            default: environment.isActivated ? .seconds(120) : .zero
        )
        erasureDeadline = try Self.time(
            flags.erasureDeadline ?? environment["CONSENTD_ERASURE_DEADLINE"],
            name: "--erasure-deadline",
            default: .seconds(86_400)
        )
        guard erasureDeadline > .zero else { throw ValidationError("--erasure-deadline: must be more than 0") }
        guard !stateDirectory.isEmpty else { throw ValidationError("--state-directory: must not be empty") }
    }

    /// The settings that only a start takes over and that differ here.
    func namesThatNeedARestart(comparedWith other: Settings) -> [String] {
        var names: [String] = []
        if socketDirectory != other.socketDirectory { names.append("socket-directory") }
        if stateDirectory != other.stateDirectory { names.append("state-directory") }
        if allowsInsecureEndpoints != other.allowsInsecureEndpoints { names.append("allow-insecure-endpoints") }
        if journalBytesMax != other.journalBytesMax { names.append("journal-max-bytes") }
        if freeBytesMin != other.freeBytesMin { names.append("min-free-bytes") }
        if pendingMax != other.pendingMax { names.append("max-pending") }
        if bulkThreshold != other.bulkThreshold { names.append("bulk-threshold") }
        if erasureDeadline != other.erasureDeadline { names.append("erasure-deadline") }
        return names
    }

    private static func time(_ text: String?, name: String, default fallback: Duration) throws -> Duration {
        guard let text else { return fallback }
        guard let span = TimeSpan(text) else {
            throw ValidationError("\(name): \(text) is no time such as 500ms, 30s, 5m, 2h or 1d")
        }
        return span.duration
    }

    private static func size(
        _ text: String?,
        name: String,
        default fallback: Int,
        in range: ClosedRange<Int>
    ) throws -> Int {
        guard let text else { return fallback }
        guard let size = ByteSize(text)?.bytes, range.contains(size) else {
            throw ValidationError(
                "\(name): \(text) is no number (K, M, G for powers of 1024) of at least \(range.lowerBound)"
            )
        }
        return size
    }
}

/// A number of bytes, as people write it.
struct ByteSize: Equatable {
    var bytes: Int

    init?(_ text: String) {
        let factors: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
        var digits = Substring(text)
        var factor = 1
        if let last = text.last, let named = factors[last] {
            factor = named
            digits = text.dropLast()
        }
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits) else {
            return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: factor)
        guard !overflow else { return nil }
        bytes = product
    }
}

/// The process's environment.
struct Environment: Sendable {
    private var values: [String: String]

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
    mutating func addMissing(_ others: [String: String]) {
        values = others.merging(values.filter { !$0.value.isEmpty }) { $1 }
    }

    subscript(name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// - Throws: `ValidationError` for anything but 1, true, 0, false and nothing.
    func flag(_ name: String) throws -> Bool {
        switch self[name] {
        case nil, "0", "false": return false
        case "1", "true": return true
        default: throw ValidationError("\(name): must be 1 or 0")
        }
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
