import Consent
import ConsentAPI
import ConsentStore
import Delivery

/// Everything that can be told about the daemon at one moment; nothing of it names a person.
struct ServiceReport: Sendable {
    var identity: ServerIdentity
    var connections: Int
    var connectionsAdmitted: Int
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

extension ReadMetrics.Result {
    init(_ report: ServiceReport) {
        var text = OpenMetricsText()
        text.family("consentd_build", .info, "Which consentd this is.")
        text.sample("consentd_build_info", labels: [("version", report.identity.version)], 1)
        text.family("consentd_connections", .gauge, "Open connections.")
        text.sample("consentd_connections", report.connections)
        text.family("consentd_connections_admitted", .counter, "Connections since the start.")
        text.sample("consentd_connections_admitted_total", report.connectionsAdmitted)
        text.family("consentd_journal_healthy", .gauge, "1 while the journal takes records.")
        text.sample("consentd_journal_healthy", report.store?.journalState == .ok ? 1 : 0)
        if let store = report.store { text.addStore(store) }
        text.addDeliveries(report)
        text.addSalesforce(report)
        self.init(text: text.finished())
    }
}

extension OpenMetricsText {
    fileprivate mutating func addStore(_ store: StoreOverview) {
        family("consentd_publishes", .counter, "Answers to publishConsent by what became of the event.")
        sample("consentd_publishes_total", labels: [("result", "accepted")], store.counters.published)
        sample("consentd_publishes_total", labels: [("result", "replayed")], store.counters.replayed)
        sample("consentd_publishes_total", labels: [("result", "refused")], store.counters.refused)
        family("consentd_journal_sync_seconds", .histogram, "How long a sync of the journal took.")
        var count = 0
        for (index, bound) in DurationHistogram.bounds.enumerated() {
            count += store.counters.syncs.counts[index]
            sample("consentd_journal_sync_seconds_bucket", labels: [("le", "\(Double(bound) / 1_000_000)")], count)
        }
        sample("consentd_journal_sync_seconds_bucket", labels: [("le", "+Inf")], store.counters.syncs.count)
        sample("consentd_journal_sync_seconds_count", store.counters.syncs.count)
        sample("consentd_journal_sync_seconds_sum", store.counters.syncs.sum / .seconds(1))
        family("consentd_journal_records", .counter, "Records written to the journal since the start.")
        sample("consentd_journal_records_total", store.journal.recordCount)
        family("consentd_journal_bytes", .gauge, "Bytes that the journal takes on the disk.")
        sample("consentd_journal_bytes", store.journal.byteCount)
        family("consentd_journal_segments", .gauge, "Segments of the journal.")
        sample("consentd_journal_segments", store.journal.segmentCount)
        family("consentd_erasures_pending", .gauge, "Erasures whose bytes may still be on the disk.")
        sample("consentd_erasures_pending", store.erasuresPending)
    }

    fileprivate mutating func addDeliveries(_ report: ServiceReport) {
        family("consentd_deliveries", .gauge, "Deliveries in memory by state.")
        for state in DeliveryState.allCases {
            sample(
                "consentd_deliveries",
                labels: [("state", state.rawValue)],
                report.deliveries.counts[state, default: 0]
            )
        }
        family("consentd_oldest_undelivered_seconds", .gauge, "Age of the oldest undelivered event, 0 without one.")
        sample("consentd_oldest_undelivered_seconds", (report.oldestUndelivered ?? .zero) / .seconds(1))
        family("consentd_outcomes_unrecorded", .gauge, "Outcomes that the journal has not taken yet.")
        sample("consentd_outcomes_unrecorded", report.delivery.unrecorded)
    }

    fileprivate mutating func addSalesforce(_ report: ServiceReport) {
        let rows = (report.store?.configurations ?? []).compactMap { status in
            report.delivery.configurations[status.configuration.id].map {
                (label: ("configuration_id", status.configuration.id.description), statistics: $0)
            }
        }
        family("consentd_salesforce_calls", .counter, "HTTP calls by what they were for, since the start.")
        for row in rows {
            for kind in CallKind.allCases {
                let labels = [row.label, ("kind", kind.rawValue)]
                sample("consentd_salesforce_calls_total", labels: labels, row.statistics.calls[kind, default: 0])
            }
        }
        family("consentd_salesforce_records_written", .counter, "Records written since the start.")
        for row in rows {
            sample("consentd_salesforce_records_written_total", labels: [row.label], row.statistics.recordsWritten)
        }
        family("consentd_salesforce_calls_in_flight", .gauge, "HTTP calls that are out.")
        for row in rows {
            sample("consentd_salesforce_calls_in_flight", labels: [row.label], row.statistics.callsInFlight)
        }
        family("consentd_salesforce_breaker_closed", .gauge, "1 while calls go out as they come.")
        for row in rows {
            sample("consentd_salesforce_breaker_closed", labels: [row.label], row.statistics.breaker == .closed ? 1 : 0)
        }
        family("consentd_salesforce_api_used", .gauge, "API requests of the org in the last 24 hours, as it tells.")
        for row in rows {
            if let usage = row.statistics.apiUsage {
                sample("consentd_salesforce_api_used", labels: [row.label], usage.used)
            }
        }
        family("consentd_salesforce_api_limit", .gauge, "API requests that the org may have in 24 hours.")
        for row in rows {
            if let usage = row.statistics.apiUsage {
                sample("consentd_salesforce_api_limit", labels: [row.label], usage.limit)
            }
        }
    }
}
