import Consent
import CoreMetrics
import Synchronization

/// Counts what is done for each configuration, from when it is known until it is deleted.
final class DeliveryMeters: Sendable {
    private let metrics: any MetricsFactory
    private let configurations = Mutex<[ConfigurationID: Counters]>([:])

    private struct Counters {
        var calls: [CallKind: Counter]
        var recordsWritten: Counter
    }

    init(_ metrics: any MetricsFactory) {
        self.metrics = metrics
    }

    /// Counts from zero on, unless it counts already.
    func begin(_ id: ConfigurationID) {
        let label = ("configuration_id", id.description)
        configurations.withLock { configurations in
            guard configurations[id] == nil else { return }
            let calls = CallKind.allCases.map { kind in
                let dimensions = [label, ("kind", kind.rawValue)]
                return (kind, Counter(label: "consentd_salesforce_calls", dimensions: dimensions, factory: metrics))
            }
            configurations[id] = Counters(
                calls: Dictionary(uniqueKeysWithValues: calls),
                recordsWritten: Counter(
                    label: "consentd_salesforce_records_written",
                    dimensions: [label],
                    factory: metrics
                )
            )
        }
    }

    /// Forgets a configuration that was deleted.
    func end(_ id: ConfigurationID) {
        guard let counters = configurations.withLock({ $0.removeValue(forKey: id) }) else { return }
        for counter in counters.calls.values { counter.destroy() }
        counters.recordsWritten.destroy()
    }

    func count(_ kind: CallKind, calls: Int, recordsWritten: Int = 0, for id: ConfigurationID) {
        configurations.withLock { configurations in
            guard let counters = configurations[id] else { return }
            counters.calls[kind]?.increment(by: calls)
            counters.recordsWritten.increment(by: recordsWritten)
        }
    }
}
