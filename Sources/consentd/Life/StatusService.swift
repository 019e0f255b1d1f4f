import Consent
import ConsentService
import ConsentStore
import ServiceLifecycle
import Systemd

/// Keeps the line that `systemctl status` shows up to date.
struct StatusService: Service {
    let server: ConsentServer
    let store: ConsentStore
    let notice: StatusNotice

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            var vitals = Vitals()
            var last = ""
            while true {
                vitals = await store.vitals(after: vitals)
                let line =
                    Self.line(connections: server.connectionCount, vitals) + (notice.text.map { "; " + $0 } ?? "")
                if line != last {
                    try Notify.status(line)
                    last = line
                }
                try await Task.sleep(for: .seconds(2))
            }
        }
    }

    private static func line(connections: Int, _ vitals: Vitals) -> String {
        var line = "Serving; \(connections) \(connections == 1 ? "connection" : "connections")"
        line += ", \(vitals.undeliveredCount) pending"
        if let oldest = vitals.oldestAcceptedAt {
            line += ", oldest \(max(0, (WallClock.now() - oldest).components.seconds)) s"
        }
        return line
    }
}
