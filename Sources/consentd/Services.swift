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
    /// Nil where nobody would look at it.
    let mark: ResumeMark?

    func run() async throws {
        try? await gracefulShutdown()
        if let mark { mark.leave(due: await store.nextDue(horizon: WallClock.now())) }
        await store.stop()
    }
}

/// Runs deliveries until the outbox is closed, and then lets go of the connections to Salesforce.
struct DeliveryService: Service {
    let engine: DeliveryEngine
    let store: ConsentStore
    let http: HTTPClient

    func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.askForTime() }
            await withGracefulShutdownHandler {
                await engine.run()
            } onGracefulShutdown: {
                store.perform { $0.closeOutbox() }
            }
            group.cancelAll()
        }
        await http.shutdown()
    }

    /// A stop takes longer where calls to Salesforce are still out, and only there.
    private func askForTime() async {
        guard (try? await gracefulShutdown()) != nil else { return }
        guard await engine.statistics().orgs.contains(where: { $0.callsInFlight > 0 }) else { return }
        _ = Result { try Notify.extendTimeout(by: .seconds(10)) }
    }
}

/// Serves the sockets and tells the service manager when they are ready.
struct FrontService: Service {
    let server: ConsentServer
    /// What the operator reads where it is not plainly serving.
    let status: String?
    let logger: Logger

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await server.run {
                logger.log(.serving, .info, "serving")
                try Notify.ready(status: status ?? "Serving")
            }
        } onGracefulShutdown: {
            _ = Result { try Notify.stopping(status: "Stopping") }
        }
    }
}

/// Ends the daemon when the journal can no longer be written: a restart decides what is true.
final class JournalFailure: Service {
    private let logger: Logger
    private let errors: AsyncStream<JournalError>
    private let continuation: AsyncStream<JournalError>.Continuation

    init(logger: Logger) {
        self.logger = logger
        (errors, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func report(_ error: JournalError) {
        continuation.yield(error)
    }

    func run() async throws {
        try await withGracefulShutdownHandler {
            for await error in errors {
                logger.log(.journalFailed, .critical, "the journal could not be written", ["reason": "\(error)"])
                throw DaemonError.journal(error)
            }
        } onGracefulShutdown: {
            self.continuation.finish()
        }
    }
}
