import ConsentStore
import JSON
import JSONRPC

/// What a handler decided: the connection does it.
enum Execution: Sendable {
    case answer(any JSONEncodable & Sendable)
    case fail(ErrorObject)
    /// To be run on the store's thread, after everything that the connection sent before.
    case store(@Sendable (isolated ConsentStore) throws -> any JSONEncodable & Sendable)
    /// Waits in the store until something happens or the time is over.
    case wait(Wait)

    /// The same, or its refusal where it needs a store that there is not.
    func refused(during outage: Outage?) -> Execution {
        guard let outage else { return self }
        switch self {
        case .answer, .fail: return self
        default: return .fail(outage.error)
        }
    }

    struct Wait: Sendable {
        /// Begins the wait; answers by `Waiting.answer`, at once or later.
        var begin: @Sendable (isolated ConsentStore, Waiting) -> Void
        /// Ends it when the caller's time is over; answers like `begin`, unless it was answered already.
        var expire: @Sendable (isolated ConsentStore, Waiting) -> Void
    }

    /// A call that waits in the store.
    struct Waiting: Sendable {
        var connection: Connection
        var token: UInt64

        func answer(_ result: Result<any JSONEncodable & Sendable, ErrorObject>) {
            connection.answer(token: token, isSlow: true, result)
            connection.scheduleFlush()
        }
    }
}
