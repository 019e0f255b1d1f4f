import ChildProcesses
import Glibc
import Testing

/// The package in a system of its own: the host's systemd as PID 1 over a throw-away copy of the root file system.
@Suite(.serialized)
struct BootedSystemTests {
    private static let scenarios = [
        "package", "by_hand", "readme", "dropins", "security", "activation 2000", "idle", "resume", "offline", "boot",
        "crash", "watchdog", "stop_drains", "corrupt", "options", "reload", "logs", "key", "tls",
        "suite",
    ]

    @Test(.enabled(if: BootedSystem.isPossible), .timeLimit(.minutes(20)))
    func packageLivesThroughEveryScenario() async throws {
        let system = try await BootedSystem()
        for scenario in Self.scenarios {
            let (status, output) = try await system.run(scenario.split(separator: " ").map(String.init))
            #expect(status == .exited(0), "\(scenario): \(output)")
            print(output.split(separator: "\n").suffix(3).joined(separator: "\n"))
        }
        #expect(try await system.run(["false"]).status == .exited(1), "a scenario that fails is seen")
        let breakdown = try await system.run(["breaks_down"])
        #expect(breakdown.status == .exited(1) && breakdown.output.contains("FAILED: no daemon broke down"))
    }

    @Test func continuousIntegrationNeverSkips() {
        guard unsafe getenv("CI") != nil else { return }
        #expect(BootedSystem.isPossible, "\(BootedSystem.obstacle ?? "")")
    }
}
