package import Consent

extension ConsentStore {
    /// Follows deliveries: `deliver` gets where they stand, then every change, then the end, on the store's thread.
    ///
    /// After each batch nothing more is handed over until `continueWatch` asks for it; meanwhile changes are queued, each
    /// delivery once. The watch also ends with `forgetWait` and `endWaits`, then without a word.
    ///
    /// - Throws: `deliveryNotFound`, `eventNotFound`, `configurationNotFound`, `sequenceBeyondNewest`.
    package func watchDeliveries(
        _ scope: WatchScope,
        after: SequenceNumber?,
        untilTerminal: Bool,
        queueMax: Int,
        connection: ObjectIdentifier,
        token: UInt64,
        deliver: @escaping @Sendable (WatchBatch) -> Void
    ) throws(StoreError) {
        if let id = scope.delivery, state.delivery(id) == nil { throw .deliveryNotFound }
        if let id = scope.configuration, state.configuration(id) == nil { throw .configurationNotFound }
        if let after, after > state.newest { throw .sequenceBeyondNewest(newest: state.newest) }
        guard !isStopping else { throw .shuttingDown }
        let watch = DeliveryWatch(
            scope: scope,
            after: after,
            endsWhenTerminal: untilTerminal,
            queueMax: queueMax,
            newest: state.newest
        )
        let id = Waiters.WaitID(connection: connection, token: token)
        waiters.watches[id] = Waiters.OpenWatch(watch: watch, deliver: deliver)
        pump(id)
    }

    /// Follows a configuration's health by its name, or the service's by the empty name: the present one, then changes.
    ///
    /// It paces itself and ends as `watchDeliveries` does; nil tells that the service stops.
    package func watchHealth(
        _ service: String,
        connection: ObjectIdentifier,
        token: UInt64,
        deliver: @escaping @Sendable (ServiceHealth?) -> Void
    ) throws(StoreError) {
        guard !isStopping else { throw .shuttingDown }
        let id = Waiters.WaitID(connection: connection, token: token)
        waiters.healthWatches[id] = Waiters.HealthWatch(service: service, deliver: deliver)
        pumpHealth(id)
    }

    /// Lets a watch go on after its last batch was taken.
    package func continueWatch(connection: ObjectIdentifier, token: UInt64) {
        let id = Waiters.WaitID(connection: connection, token: token)
        if waiters.watches[id] != nil {
            waiters.watches[id]?.isBusy = false
            pump(id)
        } else if waiters.healthWatches[id] != nil {
            waiters.healthWatches[id]?.isBusy = false
            pumpHealth(id)
        }
    }

    /// The record up to which a watch has told everything; nil while it is not ready for a heartbeat.
    ///
    /// A heartbeat is a batch too: the next waits for `continueWatch`.
    package func beatWatch(connection: ObjectIdentifier, token: UInt64) -> SequenceNumber? {
        let id = Waiters.WaitID(connection: connection, token: token)
        guard let open = waiters.watches[id], !open.isBusy else { return nil }
        waiters.watches[id]?.isBusy = true
        return open.watch.covered
    }

    /// The health of the service, or of a configuration by its name, which serves while its state is `active`.
    package func health(of service: String) -> ServiceHealth {
        guard !service.isEmpty else { return isStopping ? .notServing : .serving }
        guard let status = configuration(named: service) else { return .unknown }
        return status.isActive ? .serving : .notServing
    }

    /// Tells every watch what was applied.
    func spreadToWatches(_ effects: ConsentState.Effects) {
        guard waiters.hasWatches else { return }
        let configurations = effects.outbox.compactMap {
            if case .configuration(let id) = $0 { id } else { nil }
        }
        for id in Array(waiters.watches.keys) {
            waiters.watches[id]?.watch.note(
                changed: effects.changedEvents,
                conditionsOf: configurations,
                in: state
            )
            pump(id)
        }
        guard !configurations.isEmpty else { return }
        for id in Array(waiters.healthWatches.keys) { pumpHealth(id) }
    }

    private func pump(_ id: Waiters.WaitID) {
        guard var open = waiters.watches[id] else { return }
        if open.isBusy {
            guard open.watch.isOverflowing else { return }
            waiters.watches[id] = nil
            open.deliver(WatchBatch(end: .overflow(open.watch.lastSequenceNumber(in: state))))
            return
        }
        let batch = open.watch.next(Waiters.watchBatchMax, in: state)
        open.isBusy = !batch.deliveries.isEmpty || batch.isUnfinished
        waiters.watches[id] = batch.end == nil ? open : nil
        if batch.isUnfinished {
            // A long walk must not hold up whoever else waits for this thread.
            perform { $0.continueWatch(connection: id.connection, token: id.token) }
            return
        }
        if !batch.deliveries.isEmpty || batch.end != nil { open.deliver(batch) }
    }

    private func pumpHealth(_ id: Waiters.WaitID) {
        guard let open = waiters.healthWatches[id], !open.isBusy else { return }
        let health = health(of: open.service)
        guard health != open.last else { return }
        waiters.healthWatches[id]?.last = health
        waiters.healthWatches[id]?.isBusy = true
        open.deliver(health)
    }
}

/// What `grpc.health.v1` says of a service.
package enum ServiceHealth: String, Sendable {
    case serving = "SERVING"
    case notServing = "NOT_SERVING"
    case unknown = "SERVICE_UNKNOWN"
}
