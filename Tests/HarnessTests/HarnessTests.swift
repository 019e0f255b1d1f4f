import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// Kills, power cuts, a full disk and failing system calls against the real daemon; and proof that each harness can fail.
///
/// `CONSENTD_HARNESS_KILLS` and `CONSENTD_HARNESS_CUTS` make longer runs.
@Suite(
    .serialized,
    .enabled(if: Prerequisite.command("python3"), "python3 is not installed"),
    .timeLimit(.minutes(10))
)
struct HarnessTests {
    // MARK: Kills

    @Test("Promise 1: what is acknowledged survives kills")
    func noKillLosesAnything() async throws {
        let run = try await Harness(script: "killloop.py").run(Self.count("CONSENTD_HARNESS_KILLS") ?? "50")
        #expect(run.status == .exited(0), "\(run.result) \(run.errors)")
        #expect(run.result["lost"]?.intValue == 0)
        #expect((run.result["acknowledged"]?.intValue ?? 0) > 0)
    }

    @Test func theKillLoopSeesThatTheLastFramesAreGone() async throws {
        let run = try await Harness(script: "killloop.py", environment: ["CONTROL": "1"]).run("2")
        #expect(run.status == .exited(1))
        #expect((run.result["lost"]?.intValue ?? 0) > 0)
    }

    // MARK: Power cuts

    @Test("Promise 1: what is acknowledged survives power cuts", .enabled(if: mayCutPower))
    func noPowerCutLosesAnything() async throws {
        let run = try await Harness(script: "powercut.py").run(Self.count("CONSENTD_HARNESS_CUTS") ?? "20")
        #expect(run.status == .exited(0), "\(run.result) \(run.errors)")
        #expect(run.result["lost"]?.intValue == 0)
        #expect((run.result["acknowledged"]?.intValue ?? 0) > 0)
    }

    /// The negative control: with syncs that do nothing the same cuts lose what was acknowledged.
    @Test(.enabled(if: mayCutPower && Prerequisite.command("strace")))
    func thePowerCutsSeeSyncsThatDoNothing() async throws {
        let run = try await Harness(script: "powercut.py", environment: ["LYING": "1"]).run("3")
        #expect(run.status == .exited(1), "\(run.errors)")
        #expect((run.result["lost"]?.intValue ?? 0) > 0)
    }

    // MARK: A full disk

    @Test("Promise 4: a full disk sheds and everything else goes on", .enabled(if: mayMount))
    func aFullDiskShedsAndEverythingElseGoesOn() async throws {
        let run = try await Harness(script: "fulldisk.py").run()
        #expect(run.status == .exited(0), "\(run.result) \(run.errors)")
    }

    // MARK: Failing calls

    @Test("Promise 3: every failing call ends as promised", .enabled(if: Prerequisite.command("strace")))
    func everyFailingCallEndsAsPromised() async throws {
        let run = try await Harness(script: "inject.py").run()
        #expect(run.status == .exited(0), "\(run.lines.filter { $0["good"] != .bool(true) }) \(run.errors)")
        #expect(run.lines.count >= 21)
    }

    @Test(.enabled(if: Prerequisite.command("strace"), "strace is not installed"))
    func aRowInWhichNothingFailsIsReported() async throws {
        let rows = ["fdatasync:error=EIO:5", "pwrite64:error=ENOSPC:9", "fdatasync:delay_exit=2000000:5"]
        for row in rows {
            let run = try await Harness(script: "inject.py", environment: ["CONTROL": "1"]).run(row)
            #expect(run.status == .exited(1))
            #expect(run.result["good"] == .bool(false))
        }
    }

    // MARK: Prerequisites

    /// Only loop devices may be missing there, as they are where a container is all there is.
    @Test func continuousIntegrationNeverSkips() {
        guard unsafe getenv("CI") != nil else { return }
        #expect(Harness.mountObstacle == nil)
    }

    private static var mayMount: Bool { isPossible(Harness.mountObstacle) }

    private static var mayCutPower: Bool { isPossible(Harness.powerCutObstacle) }

    private static func isPossible(_ obstacle: String?) -> Bool {
        if let obstacle { print("skipped: \(obstacle)") }
        return obstacle == nil
    }

    private static func count(_ name: String) -> String? {
        // Safety: the text is copied before anything can change the environment.
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe String(cString: text)
    }
}
