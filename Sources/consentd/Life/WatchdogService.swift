import ConsentService
import ConsentStore
import Delivery
import HTTPClient
import Logging
import ServiceLifecycle
import Systemd

/// Tells the service manager that everything that must move does move.
///
/// Each sign of life has been through the journal's thread, the connections' loop, the thread of the transfers and the
/// delivery loop: whichever is stuck, the signs end, and the service manager starts the daemon anew.
struct WatchdogService: Service {
    let interval: Duration
    let server: ConsentServer
    /// Nil during an outage.
    let store: ConsentStore?
    /// Nil during an outage.
    let delivery: DeliverySide?
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await watch() }
    }

    private func watch() async throws {
        // The delivery loop comes round every two seconds when it has nothing to do.
        var deliveryWatch = HeartbeatWatch(patience: max(interval / 2, .seconds(5)))
        while true {
            // Being ready was the first sign. The next comes later, since whoever started the daemon waits for an answer.
            try await Task.sleep(for: interval / 4)
            await store?.heartbeat()
            try await server.heartbeat()
            await delivery?.http.heartbeat()
            if let delivery, !deliveryWatch.isAlive(delivery.engine.heartbeat, at: .now) {
                logger.log(.watchdogSilent, .error, "the delivery loop stands still")
            } else {
                try Notify.watchdog()
            }
        }
    }

    /// What speaks to Salesforce.
    struct DeliverySide {
        let engine: DeliveryEngine
        let http: HTTPClient
    }
}
