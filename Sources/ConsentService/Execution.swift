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
    /// Answers with a report that is made after everything that the connection sent before.
    case report(@Sendable (ServiceReport) -> any JSONEncodable & Sendable)
    /// A watch without a store: it has one thing to say, and then nothing changes any more.
    case hold(Hold)
    /// Ends another call of the connection, the one that the parameters name.
    case cancel

    /// The same, or its refusal where it needs a store that there is not.
    func refused(during outage: Outage?) -> Execution {
        guard let outage else { return self }
        switch self {
        case .answer, .fail, .cancel, .report, .hold: return self
        default: return .fail(outage.error)
        }
    }

    struct Wait: Sendable {
        /// What becomes of it when the caller's time is over.
        var expiry: Expiry
        /// Nil for a call that has nothing to say before its answer.
        var stream: Stream?
        /// Begins the wait; answers by `Waiting.answer`, at once or later.
        var begin: @Sendable (isolated ConsentStore, Waiting) -> Void
    }

    /// What becomes of a call that waits when the caller's time is over.
    enum Expiry: Sendable {
        /// It is answered at once, even if the store hangs, and the store forgets it.
        case fail(ErrorObject)
        /// The store answers it like `begin`, unless it was answered already; where it hangs, what was kept is the answer.
        case ask(@Sendable (isolated ConsentStore, Waiting) -> Void)
    }

    /// What a watch without a store says.
    struct Hold: Sendable {
        var method: String
        /// The parameters of its only notification, made for the call's id.
        var params: @Sendable (RequestID) -> any JSONEncodable & Sendable
        /// The answer when the service stops.
        var end: any JSONEncodable & Sendable
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

        /// Keeps what there is to say at the end of its time, should the store not come round to say more.
        func keep(_ plainResult: any JSONEncodable & Sendable) {
            connection.keep(token: token, plainResult)
        }

        func answer(_ result: Result<any JSONEncodable & Sendable, ErrorObject>) {
            connection.answer(token: token, result)
            connection.scheduleFlush()
        }

        func fail(_ error: any Error) {
            answer(.failure(connection.errorObject(error)))
        }

        /// Sends notifications of a stream, each made for the call's id.
        func notify(_ method: String, _ params: (RequestID) -> [any JSONEncodable & Sendable]) {
            connection.notify(token: token, method, params)
            connection.scheduleFlush()
        }
    }
}
