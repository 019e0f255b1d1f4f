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
    /// Asks several parts of the daemon, after everything that the connection sent before.
    case task(@Sendable (ConsentStore) async -> any JSONEncodable & Sendable)
    /// Ends another call of the connection, the one that the parameters name.
    case cancel

    /// The same, or its refusal where it needs a store that there is not.
    func refused(during outage: Outage?) -> Execution {
        guard let outage else { return self }
        switch self {
        case .answer, .fail, .cancel: return self
        default: return .fail(outage.error)
        }
    }

    struct Wait: Sendable {
        /// Begins the wait; answers by `Waiting.answer`, at once or later.
        var begin: @Sendable (isolated ConsentStore, Waiting) -> Void
        /// Ends it when the caller's time is over; answers like `begin`, unless it was answered already.
        var expire: @Sendable (isolated ConsentStore, Waiting) -> Void
        /// Nil for a call that has nothing to say before its answer.
        var stream: Stream?
    }

    /// What makes a wait a watch: it has no deadline unless asked for, and no place in a batch.
    struct Stream: Sendable {
        /// How often to say something although nothing happens.
        var heartbeat: Duration?
        var beat: @Sendable (isolated ConsentStore, Waiting) -> Void = { _, _ in }
    }

    /// A call that waits in the store.
    struct Waiting: Sendable {
        var connection: Connection
        var token: UInt64

        func answer(_ result: Result<any JSONEncodable & Sendable, ErrorObject>) {
            connection.answer(token: token, isSlow: true, result)
            connection.scheduleFlush()
        }

        /// Sends notifications of a stream, each made for the call's id.
        func notify(_ method: String, _ params: (RequestID) -> [any JSONEncodable & Sendable]) {
            connection.notify(token: token, method, params)
            connection.scheduleFlush()
        }
    }
}
