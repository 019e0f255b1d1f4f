import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// Deadlines hold for every call, also while the disk hangs, and say nothing of what becomes of the call.
@Suite(
    .serialized,
    .timeLimit(.minutes(2)),
    .enabled(if: Prerequisite.command("strace"), "strace is not installed, so no disk can be made to hang")
)
struct DeadlineTests {
    private let scene: Scene

    init() async throws {
        scene = try await Scene.start()
        try await scene.configure(["name": "leads", "authentication": ["url": "http://127.0.0.1:9"]])
    }

    /// Makes every sync of the daemon's files take so long.
    private func hangDisk(_ time: Duration) async throws -> ChildProcess {
        let directory = scene.daemon.directory
        let tracer = try ChildProcess(
            executable: "/usr/bin/strace",
            arguments: [
                "-f", "-e", "trace=fdatasync", "-e",
                "inject=fdatasync:delay_enter=\(Int(time / .microseconds(1)))", "-o", "/dev/null", "-p",
                "\(scene.daemon.process.processID)",
            ],
            output: directory.file("strace"),
            errors: directory.file("strace")
        )
        try await Patience.until("strace has attached") {
            let text = String(decoding: try TextFile.read(directory.file("strace")), as: UTF8.self)
            guard tracer.poll() == nil else { throw TimedOut(what: text) }
            return text.contains("attached")
        }
        return tracer
    }

    private func soon(_ timeout: Int, _ params: JSONValue) -> JSONValue {
        params.merging(patch: ["_meta": ["timeout_ms": .int(timeout)]])
    }

    @Test func callsEndInTimeAlthoughTheDiskHangs() async throws {
        let hang = Duration.seconds(5)
        let tracer = try await hangDisk(hang)
        let start = ContinuousClock.now
        let first = try scene.daemon.publisher()
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "hung")
        try await first.send(RPCText.call(1, "publishConsent", soon(300, event)))
        // Without a time of its own this one waits for the disk, and is answered then.
        let patient = try scene.daemon.publisher()
        let other = Scene.publishing("bob@example.com", Scene.newsletter(true), id: "patient")
        try await patient.send(RPCText.call(1, "publishConsent", other))

        let calls: [(String, JSONValue)] = [
            ("publishConsent", event.merging(patch: ["wait_for": "delivered"])),
            ("getConfiguration", ["name": "leads"]),
            ("createConfiguration", Scene.configuration(url: scene.simulator.url, ["name": "late"])),
            ("serviceStatus", [:]), ("metrics.read", [:]), ("health.check", ["service": "leads"]),
        ]
        let client = try scene.daemon.admin()
        for (number, call) in calls.enumerated() {
            try await client.send(RPCText.call(.int(number), call.0, soon(200, call.1)))
        }
        let answers = try await client.answers(calls.count) + [try await first.answer()]
        for answer in answers {
            #expect(answer.code == 4 && answer.status == "DEADLINE_EXCEEDED", "\(answer)")
        }
        #expect(start.duration(to: .now) < hang, "nobody waited for the disk")
        #expect(try await client.call("health.check")["result"] != nil, "what needs no disk is answered")
        #expect(start.duration(to: .now) < hang)

        #expect(try await patient.answer()["result"]?["replayed"] == false)
        tracer.signal(SIGINT)
        _ = try await Patience.value("strace ends") { tracer.poll() }
        // The operations completed all the same.
        let again = try await scene.daemon.publisher().result("publishConsent", event)
        #expect(again["replayed"] == true, "\(again)")
        #expect(try await client.result("getConfiguration", ["name": "late"])["revision"] == 1)
    }

    @Test func halfClosedConnectionEndsAtTheDeadline() async throws {
        let tracer = try await hangDisk(.seconds(5))
        let start = ContinuousClock.now
        let client = try scene.daemon.publisher()
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true))
        let batch = [RPCText.call(1, "publishConsent", soon(200, event)), RPCText.call(2, "health.check")]
        try await client.send("[" + batch.joined(separator: ",") + "]")
        client.socket.finishSending()
        let lines = try await client.rest()
        #expect(lines.count == 1 && start.duration(to: .now) < .seconds(5))
        let answers = try JSONValue.parse(lines.first ?? "null")
        #expect(answers[0]?.code == 4 && answers[1]?["result"]?["status"] == "SERVING", "\(answers)")
        tracer.signal(SIGINT)
        _ = try await Patience.value("strace ends") { tracer.poll() }
    }

    @Test func publishesThatWaitForTheDiskAreReadUpToALimit() async throws {
        let tracer = try await hangDisk(.seconds(8))
        let client = try scene.daemon.publisher()
        let padding = String(repeating: "x", count: 3_800)
        var sentBytes = 0
        var count = 0
        do {
            while sentBytes < 16 << 20 {
                let event: JSONValue = [
                    "id": .string("waits-\(count)"), "organization_user_id": "ada@example.com",
                    "preferences": ["tFyHkpl": true], "padding": .string(padding),
                ]
                let call = Array(RPCText.call(.int(count), "publishConsent", ["event": event]).utf8)
                try await client.socket.send(call, stallLimit: .seconds(2))
                sentBytes += call.count
                count += 1
            }
        } catch is TimedOut {
            // The last call is there in part, and the rest of it never comes.
        }
        // Beside the limit there is what the kernel holds of the connection, and the last read.
        #expect(sentBytes > 4 << 20 && sentBytes < 6 << 20, "\(sentBytes) bytes were taken")
        tracer.signal(SIGINT)
        _ = try await Patience.value("strace ends") { tracer.poll() }
        let answers = try await client.answers(count)
        let ids = Set(answers.filter { $0["result"] != nil }.compactMap { $0["id"]?.intValue })
        #expect(ids.count == count, "every publish is answered once the disk is back")
    }
}
