import Consent
import ConsentStore
import CoreMetrics
import Delivery
import OpenMetrics
import Synchronization

/// Gauges that are set from a report when somebody reads them, since they only tell how things stand.
final class ReportGauges: Sendable {
    private let registry: MetricRegistry
    /// Of each configuration, so that they go when it does.
    private let configurations = Mutex<[ConfigurationID: [String: Gauge]]>([:])

    init(_ registry: MetricRegistry) {
        self.registry = registry
    }

    /// Everything measured up to now, with the state that the report tells.
    func text(_ report: ServiceReport) -> String {
        set("build", 1, [("version", report.identity.version)])
        set("connections", report.connections)
        setStore(report)
        set("outcomes_unrecorded", report.delivery.unrecorded)
        setConfigurations(report)
        return registry.text()
    }

    private func set(_ name: String, _ value: Int, _ dimensions: [(String, String)] = []) {
        gauge(name, dimensions).record(value)
    }

    private func gauge(_ name: String, _ dimensions: [(String, String)] = []) -> Gauge {
        Gauge(label: "consentd_" + name, dimensions: dimensions, factory: registry)
    }

    private func setStore(_ report: ServiceReport) {
        set("journal_healthy", report.store?.journalState == .ok ? 1 : 0)
        // What is not known during an outage is not told.
        guard let store = report.store else { return }
        set("journal_bytes", store.journal.byteCount)
        set("journal_segments", store.journal.segmentCount)
        set("erasures_pending", store.erasuresPending)
        for state in DeliveryState.allCases {
            set("deliveries", report.deliveries.counts[state, default: 0], [("state", state.rawValue)])
        }
        gauge("oldest_undelivered_seconds").record((report.oldestUndelivered ?? .zero) / .seconds(1))
    }

    private func setConfigurations(_ report: ServiceReport) {
        var values: [ConfigurationID: [String: Int]] = [:]
        for status in report.store?.configurations ?? [] {
            let id = status.configuration.id
            values[id] = report.delivery.configurations[id]?.gauges
        }
        configurations.withLock { known in
            for (id, gauges) in known {
                for (name, gauge) in gauges where values[id]?[name] == nil {
                    gauge.destroy()
                    known[id]?[name] = nil
                }
                if values[id] == nil { known[id] = nil }
            }
            for (id, values) in values {
                for (name, value) in values {
                    let handle =
                        known[id]?[name] ?? gauge("salesforce_" + name, [("configuration_id", id.description)])
                    known[id, default: [:]][name] = handle
                    handle.record(value)
                }
            }
        }
    }
}

extension ConfigurationStatistics {
    /// How delivery stands, by the names of the gauges.
    fileprivate var gauges: [String: Int] {
        var gauges = ["calls_in_flight": callsInFlight, "breaker_closed": breaker == .closed ? 1 : 0]
        gauges["api_used"] = apiUsage?.used
        gauges["api_limit"] = apiUsage?.limit
        return gauges
    }
}
