import Consent
import ConsentAPI
import ConsentStore
import JSON
import JSONRPC

extension Handlers {
    func addWatches(to table: inout MethodTable) {
        table.add(WatchDeliveries.self) { [limits] method, _ in
            .wait(
                Execution.Wait(
                    expiry: .fail(.watchTimedOut),
                    stream: Execution.Stream(heartbeat: method.heartbeat) { $1.beat($0) }
                ) { store, waiting in
                    do {
                        try store.watchDeliveries(
                            try Self.scope(method, store),
                            after: method.after,
                            untilTerminal: method.untilTerminal,
                            queueMax: limits.watchQueueMax,
                            connection: waiting.connection.id,
                            token: waiting.token
                        ) { waiting.send($0) }
                    } catch {
                        waiting.fail(error)
                    }
                }
            )
        }
        table.add(WatchHealth.self) { [isServing] method, _ in
            guard isServing else { return Self.healthOfAnOutage }
            return .wait(
                Execution.Wait(expiry: .fail(.watchTimedOut), stream: Execution.Stream()) { store, waiting in
                    do {
                        try store.watchHealth(
                            method.service,
                            connection: waiting.connection.id,
                            token: waiting.token
                        ) { waiting.send($0) }
                    } catch {
                        waiting.fail(error)
                    }
                }
            )
        }
    }

    /// Nothing serves until the next start of the daemon, which ends the watch.
    private static let healthOfAnOutage = Execution.hold(
        Execution.Hold(
            method: WatchHealth.notification,
            params: { WatchHealth.Event(call: $0, status: ServiceHealth.notServing.rawValue) },
            end: WatchHealth.Result(reason: "shutdown")
        )
    )

    /// What a watch is about; an id that nothing can have is as unknown as one that nothing has.
    private static func scope(_ method: WatchDeliveries, _ store: isolated ConsentStore) throws -> WatchScope {
        var scope = WatchScope()
        if let id = method.deliveryID {
            guard let id else { throw StoreError.deliveryNotFound }
            scope.delivery = id
        }
        if let id = method.eventID {
            guard let event = store.event(withID: id) else { throw StoreError.eventNotFound }
            scope.event = event
        }
        if let id = method.configurationID {
            guard let id else { throw StoreError.configurationNotFound }
            scope.configuration = id
        }
        return scope
    }
}

extension Execution.Waiting {
    fileprivate func send(_ batch: WatchBatch) {
        if !batch.deliveries.isEmpty {
            notify(WatchDeliveries.notification) { call in
                batch.deliveries.map { delivery in
                    WatchDeliveries.Event(
                        call: call,
                        sequenceNumber: delivery.sequenceNumber,
                        type: batch.isSnapshot ? .snapshot : .changed,
                        delivery: delivery
                    )
                }
            }
        }
        switch batch.end {
        case .terminal(let last): answer(.success(WatchDeliveries.Result(last: last, reason: "terminal")))
        case .shutdown(let last): answer(.success(WatchDeliveries.Result(last: last, reason: "shutdown")))
        case .overflow(let last): answer(.failure(.watchOverflow(last)))
        case nil: break
        }
    }

    fileprivate func send(_ health: ServiceHealth?) {
        guard let health else { return answer(.success(WatchHealth.Result(reason: "shutdown"))) }
        notify(WatchHealth.notification) { [WatchHealth.Event(call: $0, status: health.rawValue)] }
    }

    fileprivate func beat(_ store: isolated ConsentStore) {
        guard let through = store.beatWatch(connection: connection.id, token: token) else { return }
        notify(WatchDeliveries.notification) {
            [WatchDeliveries.Event(call: $0, sequenceNumber: through, type: .heartbeat)]
        }
    }
}

extension ErrorObject {
    fileprivate static let watchTimedOut = ErrorObject.status(
        .deadlineExceeded,
        reason: "DEADLINE_EXCEEDED",
        message: "the time that the watch asked for is over"
    )

    fileprivate static func watchOverflow(_ last: SequenceNumber) -> ErrorObject {
        .status(
            .resourceExhausted,
            reason: "WATCH_OVERFLOW",
            message: "more deliveries changed than are kept for a watch that does not read; go on after last_seq",
            retryAfterMilliseconds: 1_000,
            metadata: ["last_seq": String(last.rawValue)]
        )
    }
}
