import ArgumentParser
import Delivery
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

    /// - Throws: `ValidationError` naming the option, or `SettingsError` naming the variable.
    init(options: GivenOptions, environment: Environment) throws {
        var environment = environment
        if let path = options.settingsFile ?? environment["CONSENTD_SETTINGS_FILE"] {
            let path = FilePath(path)
            environment.addMissing(try SettingsFile.read(path, names: Environment.fileNames), from: path)
        }
        func given(_ option: String, _ typed: String?) -> GivenSetting? {
            GivenSetting(option, typed: typed, in: environment)
        }
        let directory = given("--socket-directory", options.socketDirectory)
        if let directory, options.socketDirectory == nil, environment.isActivated {
            throw directory.error("not together with sockets from systemd")
        }
        socketDirectory = directory.map { FilePath($0.text) }
        stateDirectory = FilePath(
            options.stateDirectory ?? environment["CONSENTD_STATE_DIRECTORY"] ?? environment["STATE_DIRECTORY"]
                ?? "/var/lib/consentd"
        )
        // Only an option can be empty: an empty variable is none.
        guard !stateDirectory.isEmpty else { throw ValidationError("--state-directory: must not be empty") }
        allowsInsecureEndpoints =
            try options.allowsInsecureEndpoints || Self.flag(given("--allow-insecure-endpoints", nil))
        journalBytesMax = try Self.size(
            given("--journal-max-bytes", options.journalMaxBytes),
            default: 1 << 30,
            in: 32 << 20...Int.max
        )
        freeBytesMin = try Self.size(
            given("--min-free-bytes", options.minFreeBytes),
            default: 64 << 20,
            in: 0...Int.max
        )
        pendingMax = try Self.size(given("--max-pending", options.maxPending), default: 1_000_000, in: 1...100_000_000)
        bulkThreshold = try Self.size(
            given("--bulk-threshold", options.bulkThreshold),
            default: DeliveryOptions().bulkThreshold,
            in: 0...100_000_000
        )
        logLevel = try Self.level(given("--log-level", options.logLevel))
        idleExit = try Self.time(
            given("--idle-exit", options.idleExit),
            default: environment.isActivated ? .seconds(120) : .zero
        )
        let deadline = given("--erasure-deadline", options.erasureDeadline)
        erasureDeadline = try Self.time(deadline, default: .seconds(86_400))
        if let deadline, erasureDeadline == .zero { throw deadline.error("must be more than 0") }
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

    private static func time(_ given: GivenSetting?, default fallback: Duration) throws -> Duration {
        guard let given else { return fallback }
        guard let span = TimeSpan(given.text) else {
            throw given.error("\(given.text) is no time such as 500ms, 30s, 5m, 2h or 1d")
        }
        return span.duration
    }

    private static func size(
        _ given: GivenSetting?,
        default fallback: Int,
        in range: ClosedRange<Int>
    ) throws -> Int {
        guard let given else { return fallback }
        guard let size = ByteSize(given.text)?.bytes, range.contains(size) else {
            throw given.error(
                "\(given.text) is no number (K, M, G for powers of 1024) of at least \(range.lowerBound)"
            )
        }
        return size
    }

    private static func level(_ given: GivenSetting?) throws -> Logger.Level {
        guard let given else { return .info }
        guard let level = Logger.Level(rawValue: given.text) else {
            throw given.error("\(given.text) is none of trace, debug, info, notice, warning, error, critical")
        }
        return level
    }

    private static func flag(_ given: GivenSetting?) throws -> Bool {
        switch given?.text {
        case nil, "0", "false": return false
        case "1", "true": return true
        default: throw given?.error("must be 1 or 0") ?? SettingsError(message: "must be 1 or 0")
        }
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
