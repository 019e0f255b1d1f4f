import Consent
import ConsentAPI
import ConsentStore
import Delivery

extension Handlers {
    func addStatus(to table: inout MethodTable) {
        table.add(GetServiceStatus.self) { [reporter] _, _ in
            .task { GetServiceStatus.Result(await reporter.report(of: $0)) }
        }
        table.add(ReadMetrics.self) { [reporter] _, _ in
            .task { ReadMetrics.Result(await reporter.report(of: $0)) }
        }
    }
}

/// Gathers what the parts of the daemon tell of themselves.
struct StatusReporter: Sendable {
    let identity: ServerIdentity
    let registry: ConnectionRegistry
    let now: @Sendable () -> Timestamp
    let delivery: @Sendable () async -> DeliveryStatistics

    func report(of store: ConsentStore) async -> ServiceReport {
        var count = DeliveryCount()
        while count.next != nil { count = await store.countDeliveries(count) }
        return ServiceReport(
            identity: identity,
            connections: registry.count,
            connectionsAdmitted: Int(registry.admittedCount),
            store: await store.overview,
            deliveries: count,
            delivery: await delivery(),
            now: now()
        )
    }
}
