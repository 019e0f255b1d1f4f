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

    /// Lets no sync of the daemon's files end before the tracer does: whoever is answered meanwhile did not wait for it.
    private func hangDisk() async throws -> ChildProcess {
        let directory = scene.daemon.directory
        let tracer = try ChildProcess(
            executable: "/usr/bin/strace",
            arguments: [
                "-f", "-e", "trace=fdatasync", "-e",
                "inject=fdatasync:delay_enter=1000s", "-o", "/dev/null", "-p",
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

    private func release(_ tracer: ChildProcess) async throws {
        #expect(tracer.poll() == nil, "the disk hung all the time")
        tracer.signal(SIGINT)
        _ = try await Patience.value("strace ends") { tracer.poll() }
    }

    private func soon(_ timeout: Int, _ params: JSONValue) -> JSONValue {
        params.merging(patch: ["_meta": ["timeout_ms": .int(timeout)]])
    }

    @Test func callsEndInTimeAlthoughTheDiskHangs() async throws {
        let tracer = try await hangDisk()
        let first = try scene.daemon.publisher()
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "hung")
        try await first.send(RPCText.call(1, "publishConsent", soon(300, event)))
        // With a time that is long enough this one waits for the disk, and is answered then.
        let patient = try scene.daemon.publisher()
        let other = Scene.publishing("bob@example.com", Scene.newsletter(true), id: "patient")
        try await patient.send(RPCText.call(1, "publishConsent", soon(300_000, other)))

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
        #expect(try await client.call("health.check")["result"] != nil, "what needs no disk is answered")

        try await release(tracer)
        #expect(try await patient.answer()["result"]?["replayed"] == false)
        // The operations completed all the same.
        let again = try await scene.daemon.publisher().result("publishConsent", event)
        #expect(again["replayed"] == true, "\(again)")
        #expect(try await client.result("getConfiguration", ["name": "late"])["revision"] == 1)
    }

    /// Half a minute, since that is what every call has that names no time: between two calls of 29 and of 34 s.
    @Test func publishesWithoutATimeOfTheirOwnEndAfterHalfAMinute() async throws {
        let tracer = try await hangDisk()
        let client = try scene.daemon.admin()
        let halfClosed = try scene.daemon.publisher()
        var calls = (0..<3).map { number -> String in
            let event = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "lone-\(number)")
            return RPCText.call(.int(number), "publishConsent", event)
        }
        // In one write, so that all of them begin at once, and end in the order of their times however late that is.
        calls.insert(RPCText.call("29 s", "watchDeliveries", soon(29_000, [:])), at: 0)
        calls.append(RPCText.call("34 s", "watchDeliveries", soon(34_000, [:])))
        try await client.send(calls.joined())
        let other = Scene.publishing("bob@example.com", Scene.newsletter(true), id: "half")
        try await halfClosed.send(RPCText.call("half", "publishConsent", other))
        halfClosed.socket.finishSending()
        for id: JSONValue in ["29 s", 0, 1, 2, "34 s"] {
            let answer = try await client.answer(within: .seconds(60))
            #expect(answer["id"] == id && answer.status == "DEADLINE_EXCEEDED", "\(answer)")
        }
        #expect(try await halfClosed.rest().count == 1, "the connection ends with its answer")

        // They were carried out all the same, and nobody is told twice.
        try await release(tracer)
        let again = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "lone-2")
        try await client.send(RPCText.call("again", "publishConsent", again))
        let answer = try await client.answer(within: .seconds(40))
        #expect(answer["id"] == "again" && answer["result"]?["replayed"] == true, "\(answer)")
        let text = try await scene.daemon.result("metrics.read")["text"]?.stringValue ?? ""
        let counted = [
            #"method="publishConsent",code="DEADLINE_EXCEEDED"} 4"#, #"method="publishConsent",code="OK"} 1"#,
        ]
        for count in counted { #expect(text.contains("\nconsentd_requests_total{" + count + "\n"), "\(text)") }
    }

    @Test func longPollsEndInTimeAlthoughTheDiskHangs() async throws {
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "known")
        let published = try await scene.daemon.publisher().result("publishConsent", event)
        let id = try #require(published["deliveries"]?[0]?["delivery_id"])
        // Nothing changes any more once nobody tries to deliver.
        let client = try scene.daemon.admin()
        _ = try await client.result(
            "updateConfiguration",
            ["id": "cfg_00000001", "revision": 1, "patch": ["paused": true]]
        )
        let question: JSONValue = ["delivery_id": id]
        let before = try await Patience.value("the delivery is held") {
            let result = try await client.result("deliveryStatus", question)
            return result["deliveries"]?[0]?["state"] == "held" ? result : nil
        }
        let poll = question.merging(patch: ["after_seq": before["seq"] ?? .null])
        try await client.send(RPCText.call("begun", "deliveryStatus", soon(1_500, poll)))
        // An answer to what was sent later tells that the poll has begun.
        try await client.send(RPCText.call("after", "getConfiguration", ["name": "leads"]))
        #expect(try await client.answer()["id"] == "after")

        let tracer = try await hangDisk()
        let other = try scene.daemon.publisher()
        let hung = Scene.publishing("bob@example.com", Scene.newsletter(true), id: "hung")
        try await other.send(RPCText.call(1, "publishConsent", soon(300_000, hung)))
        try await other.send(RPCText.call("late", "deliveryStatus", soon(300, poll)))
        let late = try await other.answer()
        #expect(late["id"] == "late" && late.reason == "DEADLINE_EXCEEDED", "\(late)")
        let begun = try await client.answer()
        #expect(begun["id"] == "begun" && begun["result"]?["deliveries"] == before["deliveries"], "\(begun)")
        try await release(tracer)
        let answer = try await other.answer()
        #expect(answer["id"] == 1 && answer["result"] != nil, "\(answer)")
    }

    @Test func halfClosedConnectionEndsAtTheDeadline() async throws {
        let tracer = try await hangDisk()
        let client = try scene.daemon.publisher()
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true))
        let batch = [RPCText.call(1, "publishConsent", soon(200, event)), RPCText.call(2, "health.check")]
        try await client.send("[" + batch.joined(separator: ",") + "]")
        client.socket.finishSending()
        let lines = try await client.rest()
        #expect(lines.count == 1, "\(lines)")
        let answers = try JSONValue.parse(lines.first ?? "null")
        #expect(answers[0]?.code == 4 && answers[1]?["result"]?["status"] == "SERVING", "\(answers)")
        try await release(tracer)
    }

    @Test func publishesThatWaitForTheDiskAreReadUpToALimit() async throws {
        let tracer = try await hangDisk()
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
                let call = Array(RPCText.call(.int(count), "publishConsent", soon(300_000, ["event": event])).utf8)
                try await client.socket.send(call, stallLimit: .seconds(5))
                sentBytes += call.count
                count += 1
            }
        } catch is TimedOut {
            // The last call is there in part, and the rest of it never comes.
        }
        // Beside the limit there is what the kernel holds of the connection, and the last read.
        #expect(sentBytes > 4 << 20 && sentBytes < 6 << 20, "\(sentBytes) bytes were taken")
        try await release(tracer)
        let answers = try await client.answers(count)
        let ids = Set(answers.filter { $0["result"] != nil }.compactMap { $0["id"]?.intValue })
        #expect(ids.count == count, "every publish is answered once the disk is back")
    }
}
