import ConsentService
import ConsentStore
import Delivery
import HTTPClient
import Journal
import Logging
import ServiceLifecycle
import Systemd

/// Keeps the store until everybody else has stopped.
struct StoreService: Service {
    let store: ConsentStore

    func run() async throws {
        try? await gracefulShutdown()
        await store.stop()
    }
}

/// Runs deliveries until the outbox is closed, and then lets go of the connections to Salesforce.
struct DeliveryService: Service {
    let engine: DeliveryEngine
    let store: ConsentStore
    let http: HTTPClient

    func run() async throws {
        await withGracefulShutdownHandler {
            await engine.run()
        } onGracefulShutdown: {
            store.perform { $0.closeOutbox() }
        }
        await http.shutdown()
    }
}

/// Serves the sockets and tells the service manager when they are ready.
struct FrontService: Service {
    let server: ConsentServer
    let logger: Logger

    func run() async throws {
        try await server.run {
            logger.info("serving")
            try Notify.ready(status: "Serving")
        }
        try Notify.stopping(status: "Stopping")
    }
}

/// Ends the daemon when the journal can no longer be written: a restart decides what is true.
final class JournalFailure: Service {
    private let errors: AsyncStream<JournalError>
    private let continuation: AsyncStream<JournalError>.Continuation

    init() {
        (errors, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func report(_ error: JournalError) {
        continuation.yield(error)
    }

    func run() async throws {
        for await error in errors.cancelOnGracefulShutdown() { throw DaemonError.journal(error) }
    }
}
