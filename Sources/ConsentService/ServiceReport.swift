import Consent
import ConsentAPI
import ConsentStore
import Delivery

/// Everything that can be told about the daemon at one moment; nothing of it names a person.
struct ServiceReport: Sendable {
    var identity: ServerIdentity
    var connections: Int
    /// Nil during an outage.
    var store: StoreOverview?
    var deliveries: DeliveryCount
    var delivery: DeliveryStatistics
    var now: Timestamp

    /// How old the oldest undelivered event is.
    var oldestUndelivered: Duration? {
        deliveries.oldestUndelivered.map { max(.zero, now - $0) }
    }
}

extension GetServiceStatus.Result {
    init(_ report: ServiceReport) {
        self.init(
            isServing: report.store != nil,
            connections: report.connections,
            deliveries: report.deliveries.counts,
            oldestUndeliveredMilliseconds: report.oldestUndelivered.map { Int($0 / .milliseconds(1)) },
            configurations: (report.store?.configurations ?? []).map { status in
                let statistics = report.delivery.configurations[status.configuration.id]
                return GetServiceStatus.ConfigurationReport(
                    status: status,
                    breaker: (statistics?.breaker ?? .closed).rawValue,
                    apiUsage: statistics?.apiUsage.map { ($0.used, $0.limit) },
                    lastError: statistics?.lastError?.reason
                )
            },
            journal: GetServiceStatus.JournalReport(report.store),
            erasuresPending: report.store?.erasuresPending ?? 0
        )
    }
}

extension GetServiceStatus.JournalReport {
    fileprivate init(_ store: StoreOverview?) {
        self.init(
            state: (store?.journalState ?? .failed).rawValue,
            byteCount: store?.journal.byteCount ?? 0,
            segmentCount: store?.journal.segmentCount ?? 0,
            lastSyncMicroseconds: store.map { Int($0.journal.lastSync / .microseconds(1)) } ?? 0
        )
    }
}
