import Synchronization

/// Something that an operator has to know for as long as it is so, shown behind the status.
final class StatusNotice: Sendable {
    private let value = Mutex<String?>(nil)

    var text: String? {
        get { value.withLock { $0 } }
        set { value.withLock { $0 = newValue } }
    }
}
