package import Consent
import DequeModule
import Journal

/// How the store stands.
package struct StoreOverview: Sendable {
    package var configurations: [ConfigurationStatus]
    package var journal: JournalSize
    package var journalState: JournalState
    package var erasuresPending: Int

    /// How large the journal is and how fast.
    package struct JournalSize: Sendable {
        package var byteCount: Int
        package var segmentCount: Int
        package var lastSync: Duration
    }

    /// Whether the journal takes records.
    package enum JournalState: String, Sendable {
        case ok
        /// Short of space: publishes are refused until there is some.
        case shedding
        case failed
    }
}

/// Deliveries counted by state, a part of them at a time.
package struct DeliveryCount: Sendable {
    package private(set) var counts: [DeliveryState: Int] = [:]
    /// When the oldest undelivered event was accepted.
    package private(set) var oldestUndelivered: Timestamp?
    /// The first event that was not looked at; nil at the end.
    package fileprivate(set) var next: Consent.SequenceNumber? = Consent.SequenceNumber(0)

    package init() {}

    fileprivate mutating func add(_ state: DeliveryState, acceptedAt: Timestamp) {
        counts[state, default: 0] += 1
        if !state.isTerminal { oldestUndelivered = min(oldestUndelivered ?? acceptedAt, acceptedAt) }
    }
}

extension ConsentStore {
    /// How the store stands now.
    package var overview: StoreOverview {
        let journal = journalStatistics
        return StoreOverview(
            configurations: state.configurations.filter { !$0.isDeleted }.map {
                ConfigurationStatus(configuration: $0.configuration, condition: $0.condition)
            },
            journal: StoreOverview.JournalSize(
                byteCount: journal.byteCount,
                segmentCount: journal.segmentCount,
                lastSync: journal.lastSyncDuration
            ),
            journalState: hasFailed ? .failed : journal.shortage == nil ? .ok : .shedding,
            erasuresPending: state.erasures.pendingCount
        )
    }

    /// Counts on where `count` stopped; a part is small enough that nobody waits for the store's thread.
    package func countDeliveries(_ count: DeliveryCount) -> DeliveryCount {
        guard let first = count.next else { return count }
        var count = count
        var index = state.firstIndex(notBefore: first)
        let end = min(index + 20_000, state.eventOrder.count)
        while index < end {
            let event = state.eventOrder[index]
            index += 1
            guard let entry = state.events[event] else { continue }
            for delivery in entry.deliveries {
                count.add(state.presentState(of: delivery, event), acceptedAt: entry.acceptedAt)
            }
        }
        count.next = index < state.eventOrder.count ? state.eventOrder[index] : nil
        return count
    }
}

extension ConsentState {
    /// The state that a caller is shown, without the rest of the delivery.
    fileprivate func presentState(of delivery: DeliveryEntry, _ event: Consent.SequenceNumber) -> DeliveryState {
        guard !delivery.state.isTerminal, let index = configurationIndexes[delivery.configuration] else {
            return delivery.state
        }
        let configuration = configurations[index]
        if configuration.subjects[Int(delivery.slot)].inFlight.contains(event) { return .inFlight }
        if case .held = configuration.condition { return .held }
        if configuration.configuration.isPaused { return .held }
        if case .waiting = configuration.condition { return .retrying }
        return delivery.state
    }
}
