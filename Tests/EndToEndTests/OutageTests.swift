import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// What callers are told by a daemon whose journal cannot be served, and that stays up to tell it.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct OutageTests {
    private let sockets: ActivatedSockets

    init() async throws {
        sockets = try ActivatedSockets()
        let first = try sockets.activate(["publish", "admin"], ["--idle-exit", "100ms"])
        try await sockets.connect(0).socket.close()
        _ = try await sockets.end(first)
        try TestFile.write([1, 2, 3], to: sockets.directory.file("state/journal/MANIFEST"))
    }

    @Test func whatNeedsTheJournalSaysWhyThereIsNone() async throws {
        let process = try sockets.activate()
        let client = try await sockets.connect(1)
        let calls: [(String, JSONValue)] = [
            ("publishConsent", Scene.publishing("ada@example.com", Scene.newsletter(true))),
            ("deliveryStatus", ["event_id": "e"]), ("listConfigurations", [:]), ("watchDeliveries", [:]),
            ("verifyConfiguration", ["id": "cfg_00000001"]), ("eraseSubject", ["organization_user_id": "x"]),
        ]
        for (method, params) in calls {
            let answer = try await client.call(method, params)
            #expect(answer.code == 15 && answer.status == "DATA_LOSS", "\(method): \(answer)")
            #expect(answer.reason == "JOURNAL_CORRUPT" && answer.message?.isEmpty == false, "\(method): \(answer)")
        }
        process.signal(SIGTERM)
        #expect(try await sockets.end(process) == .exited(0))
    }

    @Test func whatTellsOfTheDaemonStillDoes() async throws {
        let process = try sockets.activate()
        let client = try await sockets.connect(1)
        for service: JSONValue in [[:], ["service": ""], ["service": "leads"]] {
            #expect(try await client.result("health.check", service) == ["status": "NOT_SERVING"])
        }
        let status = try await client.result("serviceStatus")
        #expect(status["state"] == "NOT_SERVING" && status["journal"]?["state"] == "failed", "\(status)")
        #expect(status["connections"] == 1 && status["configurations"] == [], "\(status)")
        let metrics = try await client.result("metrics.read")["text"]?.stringValue ?? ""
        #expect(metrics.contains("\nconsentd_journal_healthy 0\n") && metrics.hasSuffix("# EOF\n"), "\(metrics)")
        for method in ["rpc.discover", "rpc.serverInfo", "rpc.whoami"] { _ = try await client.result(method) }
        process.signal(SIGTERM)
        #expect(try await sockets.end(process) == .exited(0))
    }

    @Test func healthIsWatchedUntilTheDaemonStops() async throws {
        let process = try sockets.activate()
        let client = try await sockets.connect(0)
        try await client.send(RPCText.call("w", "health.watch") + RPCText.call("x", "health.watch"))
        for id: JSONValue in ["w", "x"] {
            let event = try await client.answer()
            #expect(event["method"] == "health.event", "\(event)")
            #expect(event["params"] == ["id": id, "status": "NOT_SERVING"], "\(event)")
        }
        try await client.send(RPCText.call("c", "rpc.cancel", ["id": "x"]))
        let answers = try await client.answers(2)
        #expect(answers.answer(to: "x")?.code == 1 && answers.answer(to: "c")?["result"] == [:], "\(answers)")
        try await client.send(RPCText.call("d", "health.watch", ["_meta": ["timeout_ms": 20]]))
        _ = try await client.answer()
        #expect(try await client.answer().code == 4)
        let batch = "[" + RPCText.call("b", "health.watch") + "]"
        try await client.send(batch)
        #expect(try await client.answer()[0]?.reason == "WATCH_IN_BATCH")

        client.socket.finishSending()
        process.signal(SIGTERM)
        let last = try await client.rest().map { try JSONValue.parse($0) }
        #expect(last.count == 1 && last.first?["id"] == "w", "\(last)")
        #expect(last.first?["result"] == ["reason": "shutdown"], "\(last)")
        #expect(try await sockets.end(process) == .exited(0))
    }

    @Test func whatMayPassIsLookedAtAgainByTheNextStart() async throws {
        let parent = sockets.directory.file("missing")
        let flags = ["--state-directory", parent + "/state"]
        let process = try sockets.activate(["publish", "admin"], flags)
        let client = try await sockets.connect(1)
        #expect(try await client.call("listConfigurations").status == "UNAVAILABLE")
        // Neither a reload nor the end of all connections is waited for.
        #expect(try await sockets.end(process) == .exited(0))
        #expect(unsafe mkdir(parent, 0o700) == 0)
        let again = try sockets.activate(["publish", "admin"], flags)
        #expect(try await sockets.connect(1).result("health.check")["status"] == "SERVING")
        again.signal(SIGTERM)
        #expect(try await sockets.end(again) == .exited(0))
    }

    @Test func startedByHandItEndsInstead() async throws {
        let process = try ChildProcess(
            executable: try Program.consentd.path,
            arguments: [
                "--socket-directory", sockets.directory.path, "--state-directory", sockets.directory.file("state"),
            ],
            output: sockets.directory.file("log"),
            errors: sockets.directory.file("log")
        )
        #expect(try await sockets.end(process) == .exited(65))
    }
}
