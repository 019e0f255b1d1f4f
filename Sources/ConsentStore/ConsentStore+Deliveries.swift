package import Consent
import DequeModule

extension ConsentStore {
    /// Finds an event by its id; nil when it is unknown or was forgotten.
    package func event(withID id: String) -> SequenceNumber? {
        state.event(withID: id)
    }

    /// One delivery; nil when it is unknown or was forgotten.
    package func delivery(_ id: DeliveryID) -> Delivery? {
        state.delivery(id)
    }

    /// Why a delivery is not there.
    package func absence(of id: DeliveryID) -> StoreError {
        state.isForgotten(id.event) ? .forgotten : .deliveryNotFound
    }

    /// Whether an event was there once and is too old now.
    package func isForgotten(_ event: SequenceNumber) -> Bool {
        state.isForgotten(event)
    }

    /// What is known of a delivery, an event or a person now.
    package func deliveryStatus(_ subject: StatusSubject) -> DeliveryStatusResult {
        state.status(of: subject)
    }

    /// Answers once something about the subject is newer than `after`; at once where something is.
    ///
    /// The wait ends with `endPoll` or `endWaits`; `answer` runs on the store's thread, at most once.
    /// - Throws: `sequenceBeyondNewest` when no such record was ever written.
    package func pollDeliveryStatus(
        _ subject: StatusSubject,
        after sequenceNumber: SequenceNumber,
        connection: ObjectIdentifier,
        token: UInt64,
        answer: @escaping @Sendable (DeliveryStatusResult, StoreError?) -> Void
    ) throws(StoreError) {
        guard sequenceNumber <= state.newest else { throw .sequenceBeyondNewest(newest: state.newest) }
        if state.hasNews(for: subject, after: sequenceNumber) {
            answer(state.status(of: subject), nil)
            return
        }
        waiters.add(
            Waiters.Poll(subject: subject, after: sequenceNumber, answer: answer),
            id: Waiters.WaitID(connection: connection, token: token)
        )
    }

    /// Ends a poll with the plain result, as its deadline asks for.
    package func endPoll(connection: ObjectIdentifier, token: UInt64) {
        guard let poll = waiters.removePoll(Waiters.WaitID(connection: connection, token: token)) else { return }
        poll.answer(state.status(of: poll.subject), nil)
    }

    /// Forgets a publish's wait for delivery; false when it was answered already.
    package func endPublishWait(connection: ObjectIdentifier, token: UInt64) -> Bool {
        waiters.removePublish(Waiters.WaitID(connection: connection, token: token))
    }

    /// Forgets every wait of a connection that is gone.
    package func endWaits(of connection: ObjectIdentifier) {
        waiters.removeAll(of: connection)
    }

    /// Forgets one wait without answering it.
    package func forgetWait(connection: ObjectIdentifier, token: UInt64) {
        waiters.remove(Waiters.WaitID(connection: connection, token: token))
    }

    /// Answers every wait of a connection that must end because the service stops.
    package func stopWaits(of connection: ObjectIdentifier) {
        waiters.end(of: connection, for: .shuttingDown, in: state)
    }

    /// A page of deliveries in the order of their events; `next` is nil at the end.
    package func deliveries(
        after last: DeliveryID?,
        state: DeliveryState?,
        configuration: ConfigurationID?,
        size: Int
    ) -> (deliveries: [Delivery], next: DeliveryID?) {
        self.state.page(after: last, state: state, configuration: configuration, size: size)
    }

    /// Lets a failed delivery be tried again, or a waiting one at once; returns how many it was.
    package func retryDelivery(_ id: DeliveryID) throws(StoreError) -> Int {
        guard let delivery = state.delivery(id) else { throw absence(of: id) }
        // What it was for is gone: nothing could ever be written.
        guard state.configuration(id.configuration) != nil else { throw .configurationNotFound }
        switch delivery.state {
        case .failed, .parked, .retrying: break
        case .pending, .inFlight, .held: return 0
        case .delivered, .skipped, .superseded, .cancelled: throw .deliveryState(delivery.state)
        }
        guard state.canRetry(id) else { throw .deliveryOvertaken }
        try commit(.retried([id], at: moment))
        return 1
    }

    /// The same for everything of a configuration in that state that nothing newer has overtaken, in records of bounded size.
    package func retryDeliveries(
        of configuration: ConfigurationID,
        in wanted: DeliveryState
    ) throws(StoreError) -> Int {
        guard state.configuration(configuration) != nil else { throw .configurationNotFound }
        var ids: [DeliveryID] = []
        for event in state.eventOrder {
            guard
                let delivery = state.events[event]?.deliveries.first(where: {
                    $0.configuration == configuration && $0.state == wanted
                })
            else { continue }
            let id = DeliveryID(event: event, configuration: delivery.configuration)
            if state.canRetry(id) { ids.append(id) }
        }
        let recordSize = 10_000
        for start in stride(from: 0, to: ids.count, by: recordSize) {
            try commit(.retried(Array(ids[start..<min(start + recordSize, ids.count)]), at: moment))
        }
        return ids.count
    }

    /// Ends an undelivered delivery; one whose write is out is ended too, whatever comes of the write.
    ///
    /// - Throws: `deliveryStandsForWithdrawal` where a denial or a clearing was not written since this was to be: it
    ///   would be lost with it.
    package func cancelDelivery(_ id: DeliveryID) throws(StoreError) -> Delivery {
        guard let delivery = state.delivery(id) else { throw absence(of: id) }
        guard !delivery.state.isTerminal else { throw .deliveryState(delivery.state) }
        guard !state.standsForWithdrawal(id) else { throw .deliveryStandsForWithdrawal }
        try commit(.cancelled(id, at: moment))
        guard let ended = state.delivery(id) else { throw .deliveryNotFound }
        return ended
    }

    /// Undelivered deliveries of all configurations.
    package var undeliveredCount: Int { state.openCount }

    /// The newest record.
    package var newestSequenceNumber: SequenceNumber { state.newest }
}
