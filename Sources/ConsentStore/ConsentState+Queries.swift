import Consent
import DequeModule

extension ConsentState {
    /// The deliveries of an event, in the order of their configurations.
    func deliveries(of event: SequenceNumber) -> [Delivery]? {
        events[event].map { deliveries(of: event, $0) }
    }

    func deliveries(of event: SequenceNumber, _ entry: EventEntry) -> [Delivery] {
        entry.deliveries.map { delivery($0, of: event, entry) }
    }

    func delivery(_ id: DeliveryID) -> Delivery? {
        guard let entry = events[id.event],
            let delivery = entry.deliveries.first(where: { $0.configuration == id.configuration })
        else { return nil }
        return self.delivery(delivery, of: id.event, entry)
    }

    /// Everything in memory about a person, oldest event first.
    func deliveries(of organizationUserID: String, configuration: ConfigurationID?) -> [Delivery] {
        var found: [Delivery] = []
        for entry in configurations {
            if let configuration, entry.configuration.id != configuration { continue }
            guard let slot = entry.slot(of: organizationUserID) else { continue }
            for event in entry.subjects[Int(slot)].events {
                if let delivery = delivery(DeliveryID(event: event, configuration: entry.configuration.id)) {
                    found.append(delivery)
                }
            }
        }
        return found.sorted { $0.id < $1.id }
    }

    /// The event with this id, also when consentd gave it.
    func event(withID id: String) -> SequenceNumber? {
        if let key = eventKeys[.id(id)] { return key.event }
        guard id.hasPrefix("evt_"), let number = UInt64(hexadecimal: id.dropFirst(4)) else { return nil }
        let event = SequenceNumber(number)
        return events[event]?.id == id ? event : nil
    }

    /// A delivery as a caller sees it: what is held, paused or out on the wire says so.
    func delivery(_ delivery: DeliveryEntry, of event: SequenceNumber, _ entry: EventEntry) -> Delivery {
        let id = DeliveryID(event: event, configuration: delivery.configuration)
        guard let index = configurationIndexes[delivery.configuration] else {
            preconditionFailure("a delivery's configuration is never removed")
        }
        var view = Delivery(
            id: id,
            eventID: entry.id,
            recordKind: configurations[index].configuration.recordKind,
            organizationUserID: configurations[index].subjects[Int(delivery.slot)].organizationUserID,
            state: delivery.state,
            reason: delivery.state == .pending ? nil : delivery.detail?.reason,
            sequenceNumber: delivery.changedBy,
            acceptedAt: entry.acceptedAt,
            eventCreatedAt: entry.createdAt,
            updatedAt: delivery.updatedAt,
            attempts: Int(delivery.attempts),
            nextAttemptAt: delivery.state == .retrying || delivery.state == .parked ? delivery.detail?.dueAt : nil,
            lastAttempt: delivery.detail?.attempt,
            fields: configurations[index].fieldEntries(for: delivery.choices),
            recordIDs: delivery.detail?.recordIDs ?? [],
            isCreated: delivery.detail?.isCreated,
            supersededBy: delivery.supersededBy.map {
                DeliveryID(event: $0, configuration: delivery.configuration)
            }
        )
        if !delivery.state.isTerminal { overlay(index, delivery.slot, on: &view) }
        return view
    }

    private func overlay(_ index: Int, _ slot: UInt32, on view: inout Delivery) {
        let changedBy = configurations[index].conditionChangedBy
        if changedBy > view.sequenceNumber { view.sequenceNumber = changedBy }
        if configurations[index].subjects[Int(slot)].inFlight.contains(view.id.event) {
            view.state = .inFlight
            view.nextAttemptAt = nil
            return
        }
        switch configurations[index].condition {
        case .held(let reason, _, let probeAt, let attempt):
            view.state = .held
            view.reason = reason
            view.nextAttemptAt = probeAt
            view.lastAttempt = attempt ?? view.lastAttempt
        case .waiting(let reason, _, let until, let attempt) where !configurations[index].configuration.isPaused:
            view.state = .retrying
            view.reason = reason
            view.nextAttemptAt = until
            view.lastAttempt = attempt ?? view.lastAttempt
        case .waiting, .running:
            guard configurations[index].configuration.isPaused else { return }
            view.state = .held
            view.reason = "PAUSED"
            view.nextAttemptAt = nil
        }
    }

    /// What an event's delivery waits after; nil where it was not tried or is to be tried anew.
    func lastFailure(of event: SequenceNumber, in configuration: ConfigurationID) -> SubjectWrite.LastFailure? {
        guard let delivery = entry(of: event, in: configuration), delivery.state == .retrying,
            let detail = delivery.detail, let attempt = detail.attempt, let dueAt = detail.dueAt
        else { return nil }
        return SubjectWrite.LastFailure(errorCode: attempt.errorCode, wait: dueAt - attempt.at)
    }

    /// A page of deliveries in the order of their events; nil as `next` ends the list.
    func page(
        after last: DeliveryID?,
        state: DeliveryState?,
        configuration: ConfigurationID?,
        size: Int
    ) -> (deliveries: [Delivery], next: DeliveryID?) {
        var found: [Delivery] = []
        var scanned = 0
        var index = last.map { firstIndex(notBefore: $0.event) } ?? 0
        while index < eventOrder.count {
            let event = eventOrder[index]
            index += 1
            guard let entry = events[event] else { continue }
            for delivery in entry.deliveries {
                let id = DeliveryID(event: event, configuration: delivery.configuration)
                if let last, id <= last { continue }
                if let configuration, configuration != delivery.configuration { continue }
                scanned += 1
                let view = self.delivery(delivery, of: event, entry)
                if let state, view.state != state { continue }
                // One more than the page holds: only then there is another.
                if found.count == size { return (found, found.last?.id) }
                found.append(view)
            }
            if scanned >= limits.pageScanMax, index < eventOrder.count, let lastDelivery = entry.deliveries.last {
                return (found, DeliveryID(event: event, configuration: lastDelivery.configuration))
            }
        }
        return (found, nil)
    }

    func firstIndex(notBefore event: SequenceNumber) -> Int {
        var low = 0
        var high = eventOrder.count
        while low < high {
            let middle = (low + high) / 2
            if eventOrder[middle] < event { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// How the delivery side sees a person; nil when nothing is left to do.
    func outboxEntry(_ key: SubjectKey) -> OutboxEntry? {
        guard let index = configurationIndexes[key.configuration], configurations[index].isRunning else { return nil }
        let subject = configurations[index].subjects[Int(key.slot)]
        guard let oldest = subject.open.first, let acceptedAt = events[oldest]?.acceptedAt else { return nil }
        return OutboxEntry(
            key: key,
            isWithdrawal: subject.isWithdrawal,
            acceptedAt: acceptedAt,
            attempts: Int(subject.progress.attempts),
            dueAt: subject.progress.dueAt,
            isParked: subject.progress.isParked,
            creationStartedAt: subject.progress.creationStartedAt
        )
    }
}
