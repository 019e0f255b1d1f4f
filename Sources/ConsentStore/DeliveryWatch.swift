package import Consent
import DequeModule

/// What a watch looks at; nil is any, and all that is given must hold.
package struct WatchScope: Equatable, Sendable {
    package var delivery: DeliveryID?
    package var event: SequenceNumber?
    package var configuration: ConfigurationID?

    package init(
        delivery: DeliveryID? = nil,
        event: SequenceNumber? = nil,
        configuration: ConfigurationID? = nil
    ) {
        self.delivery = delivery
        self.event = event
        self.configuration = configuration
    }

    /// The only event that it can be about.
    var onlyEvent: SequenceNumber? { delivery?.event ?? event }

    func includes(_ id: DeliveryID) -> Bool {
        if let delivery, delivery != id { return false }
        if let event, event != id.event { return false }
        if let configuration, configuration != id.configuration { return false }
        return true
    }
}

/// How a watch ends, with the record up to which its watcher has seen everything.
package enum WatchEnd: Equatable, Sendable {
    case terminal(SequenceNumber)
    case shutdown(SequenceNumber)
    /// The watcher lagged behind by more deliveries than are kept for it.
    case overflow(SequenceNumber)
}

/// The next part of a watch.
package struct WatchBatch: Sendable {
    /// Deliveries as they are now.
    package var deliveries: [Delivery] = []
    /// Whether these tell where things stood rather than what has changed.
    package var isSnapshot = false
    package var end: WatchEnd?
    /// Nothing was found yet although not everything was looked at.
    var isUnfinished = false
}

/// Follows deliveries: first where they stand, then every change, with no gap between and bounded memory.
///
/// The snapshot is a walk over the events in their order. What lies ahead of the walk needs no queue, since the walk will
/// find it as it is then; what lies behind it and changes is queued, each delivery once.
struct DeliveryWatch {
    let scope: WatchScope
    let endsWhenTerminal: Bool
    private let queueMax: Int
    private var after: SequenceNumber
    private var walk: Walk?
    private var isSnapshot = true
    private var queue = Deque<DeliveryID>()
    private var queued: Set<DeliveryID> = []
    /// Everything up to this record is queued, ahead of the walk, or sent.
    private(set) var covered: SequenceNumber
    private var lastSent: SequenceNumber?

    private struct Walk {
        var next: SequenceNumber
        var through: SequenceNumber
    }

    init(
        scope: WatchScope,
        after: SequenceNumber?,
        endsWhenTerminal: Bool,
        queueMax: Int,
        newest: SequenceNumber
    ) {
        self.scope = scope
        self.endsWhenTerminal = endsWhenTerminal
        self.queueMax = queueMax
        self.after = after ?? SequenceNumber(0)
        covered = newest
        walk = Self.walk(scope, newest)
    }

    private static func walk(_ scope: WatchScope, _ newest: SequenceNumber) -> Walk {
        if let event = scope.onlyEvent { return Walk(next: event, through: event) }
        return Walk(next: SequenceNumber(0), through: newest)
    }

    /// Whether more changed than is kept.
    var isOverflowing: Bool { queue.count > queueMax }

    /// The record up to which everything was sent: a new watch may go on after it.
    func lastSequenceNumber(in state: ConsentState) -> SequenceNumber {
        guard walk == nil else { return after }
        let last = lastSent ?? covered
        let unsent = queue.compactMap { state.delivery($0)?.sequenceNumber.rawValue }.min()
        return unsent.map { min(last, SequenceNumber($0 - 1)) } ?? last
    }

    /// Takes account of what was applied since the last time.
    mutating func note(
        changed events: [SequenceNumber],
        conditionsOf changed: [ConfigurationID],
        in state: ConsentState
    ) {
        for event in events where scope.onlyEvent == nil || scope.onlyEvent == event {
            if let walk, event >= walk.next {
                if event > walk.through { self.walk?.through = event }
                continue
            }
            guard let entry = state.events[event] else { continue }
            for delivery in entry.deliveries where delivery.changedBy > covered {
                add(DeliveryID(event: event, configuration: delivery.configuration))
            }
        }
        for configuration in changed where isConcerned(configuration, state) {
            // Everything undelivered reads differently now: the walk finds it without a queue.
            if walk == nil { after = covered }
            walk = Self.walk(scope, state.newest)
        }
        covered = state.newest
    }

    private func isConcerned(_ configuration: ConfigurationID, _ state: ConsentState) -> Bool {
        if let only = scope.delivery?.configuration ?? scope.configuration, only != configuration { return false }
        guard let index = state.configurationIndexes[configuration] else { return false }
        return state.configurations[index].openCount > 0 && state.configurations[index].conditionChangedBy > covered
    }

    private mutating func add(_ id: DeliveryID) {
        guard scope.includes(id), queued.insert(id).inserted else { return }
        queue.append(id)
    }

    /// The next deliveries to send, at most `count`; empty when there is nothing to say now.
    mutating func next(_ count: Int, in state: ConsentState) -> WatchBatch {
        var batch = WatchBatch()
        batch.isSnapshot = isSnapshot
        if walk != nil { goOn(&batch, count, in: state) }
        note(sent: batch)
        guard walk == nil else {
            batch.isUnfinished = batch.deliveries.isEmpty
            return batch
        }
        if batch.deliveries.isEmpty {
            batch.isSnapshot = false
            while batch.deliveries.count < count, let id = queue.popFirst() {
                queued.remove(id)
                if let delivery = state.delivery(id) { batch.deliveries.append(delivery) }
            }
            note(sent: batch)
        }
        isSnapshot = false
        if endsWhenTerminal, queue.isEmpty, !isOpen(in: state) {
            batch.end = .terminal(lastSequenceNumber(in: state))
        }
        return batch
    }

    private mutating func note(sent batch: WatchBatch) {
        for delivery in batch.deliveries { lastSent = max(lastSent ?? after, delivery.sequenceNumber) }
    }

    private mutating func goOn(_ batch: inout WatchBatch, _ count: Int, in state: ConsentState) {
        guard let walk else { return }
        var scanned = 0
        var index = state.firstIndex(notBefore: walk.next)
        while index < state.eventOrder.count, state.eventOrder[index] <= walk.through {
            let event = state.eventOrder[index]
            if batch.deliveries.count >= count || scanned >= state.limits.pageScanMax {
                self.walk?.next = event
                return
            }
            index += 1
            for delivery in state.events[event]?.deliveries ?? [] {
                scanned += 1
                guard scope.includes(DeliveryID(event: event, configuration: delivery.configuration)) else { continue }
                guard let entry = state.events[event] else { continue }
                let view = state.delivery(delivery, of: event, entry)
                if view.sequenceNumber > after { batch.deliveries.append(view) }
            }
        }
        self.walk = nil
    }

    private func isOpen(in state: ConsentState) -> Bool {
        if let event = scope.onlyEvent {
            return state.events[event]?.deliveries.contains {
                scope.includes(DeliveryID(event: event, configuration: $0.configuration)) && !$0.state.isTerminal
            } ?? false
        }
        guard let configuration = scope.configuration else { return state.openCount > 0 }
        return state.configurationIndexes[configuration].map { state.configurations[$0].openCount > 0 } ?? false
    }
}
