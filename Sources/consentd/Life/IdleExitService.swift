import Consent
import ConsentService
import ConsentStore
import Logging
import ServiceLifecycle
import Systemd

/// Ends the daemon when nobody needs it: no connection for a while, and nothing to deliver soon.
///
/// Whoever connects meanwhile waits in the service manager's socket and is served by the next start.
struct IdleExitService: Service {
    let server: ConsentServer
    /// Nil during an outage.
    let store: ConsentStore?
    let current: CurrentSettings
    let logger: Logger

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await watch() }
    }

    private func watch() async throws {
        var policy = IdlePolicy(at: .now)
        while true {
            let window = current.settings.idleExit
            try await Task.sleep(for: min(max(window / 8, .milliseconds(20)), .seconds(1)))
            guard window > .zero else { continue }
            let isIdle = policy.isIdle(
                connectionCount: server.connectionCount,
                admittedCount: server.admittedCount,
                window: window,
                at: .now
            )
            guard isIdle, await !hasWork(within: window), try await server.pauseIfIdle() else { continue }
            logger.log(.idleExit, .info, "idle, so it ends until somebody connects")
            return
        }
    }

    private func hasWork(within window: Duration) async -> Bool {
        guard let store else { return false }
        let horizon = WallClock.now() + window
        guard let due = await store.nextDue(horizon: horizon) else { return false }
        return due <= horizon
    }
}
