import Synchronization

/// The settings in force, which a reload may change.
final class CurrentSettings: Sendable {
    private let value: Mutex<Settings>

    init(_ settings: Settings) {
        value = Mutex(settings)
    }

    var settings: Settings {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
