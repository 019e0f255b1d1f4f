import Logging
import Synchronization

/// The level from which is logged, for all loggers at once, so that it can change while the daemon runs.
final class LogThreshold: Sendable {
    private let value: Mutex<Logger.Level>

    init(_ level: Logger.Level) {
        value = Mutex(level)
    }

    var level: Logger.Level {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
