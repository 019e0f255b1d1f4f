import Consent
import ConsentStore
import Delivery
import Synchronization

/// Gathers what the parts of the daemon tell of themselves, one report at a time.
///
/// Whoever asks while a report is being made shares the next one, so callers in any number cost no more than one does.
final class StatusReporter: Sendable {
    private let identity: ServerIdentity
    private let registry: ConnectionRegistry
    private let now: @Sendable () -> Timestamp
    /// Nil during an outage.
    private let store: ConsentStore?
    private let delivery: @Sendable () async -> DeliveryStatistics
    private let waiting = Mutex<[Request]>([])
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    /// Someone who wants a report.
    struct Request: Sendable {
        /// False once nobody waits for it any more.
        var isWanted: @Sendable () -> Bool
        var answer: @Sendable (ServiceReport) -> Void
    }

    init(
        identity: ServerIdentity,
        registry: ConnectionRegistry,
        store: ConsentStore?,
        now: @escaping @Sendable () -> Timestamp,
        delivery: @escaping @Sendable () async -> DeliveryStatistics
    ) {
        self.identity = identity
        self.registry = registry
        self.store = store
        self.now = now
        self.delivery = delivery
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes a request; what is reported is newer than this call.
    func submit(_ request: Request) {
        waiting.withLock { $0.append(request) }
        signal.yield()
    }

    /// Makes reports until the task is cancelled.
    func run() async {
        for await _ in signals {
            let requests = waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting.filter { $0.isWanted() }
            }
            guard !requests.isEmpty else { continue }
            let report = await report()
            for request in requests { request.answer(report) }
        }
    }

    private func report() async -> ServiceReport {
        var deliveries = DeliveryCount()
        if let store {
            while deliveries.next != nil { deliveries = await store.countDeliveries(deliveries) }
        }
        return ServiceReport(
            identity: identity,
            connections: registry.count,
            store: await store?.overview,
            deliveries: deliveries,
            delivery: await delivery(),
            now: now()
        )
    }
}
