import ChildProcesses
import JSON
import TestSupport
import Testing

/// Streams: where deliveries stand, every change after that, and one answer at the end.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct WatchTests {
    private let scene: Scene

    init() async throws {
        scene = try await Scene.start()
        try await scene.configure()
    }

    private func publish(_ subject: String, id: String? = nil) async throws -> JSONValue {
        let params = Scene.publishing(subject, Scene.newsletter(true), id: id)
        return try await scene.daemon.publisher().result("publishConsent", params)
    }

    @Test func snapshotThenChangesThenTerminal() async throws {
        try await scene.simulator.seed("Lead", [Scene.lead("ada@example.com")])
        let published = try await publish("ada@example.com", id: "watched")
        let client = try scene.daemon.publisher()
        try await client.send(
            RPCText.call("w", "watchDeliveries", ["event_id": "watched", "until_terminal": true])
        )
        var last = 0
        var types: [String] = []
        while true {
            let message = try await client.answer()
            guard let params = message["params"] else {
                #expect(message["id"] == "w" && message["result"]?["reason"] == "terminal", "\(message)")
                #expect(message["result"]?["last_seq"]?.intValue == last, "\(message)")
                break
            }
            #expect(message["method"] == "watch.event" && message["id"] == nil && params["id"] == "w")
            #expect(params["delivery"]?["delivery_id"] == published["deliveries"]?[0]?["delivery_id"])
            let seq = try #require(params["seq"]?.intValue)
            #expect(seq > last && params["delivery"]?["seq"]?.intValue == seq, "\(message)")
            last = seq
            types.append(params["type"]?.stringValue ?? "")
        }
        #expect(types.first == "snapshot" && types.dropFirst().allSatisfy { $0 == "changed" }, "\(types)")
    }

    @Test func everyEventIsSeenOnceAndInOrderWhileOthersPublish() async throws {
        for number in 0..<20 { _ = try await publish("before\(number)@example.com", id: "before-\(number)") }
        let watcher = try scene.daemon.admin()
        try await watcher.send(RPCText.call(1, "watchDeliveries"))
        let daemon = scene.daemon
        async let published: Void = {
            for number in 0..<200 {
                let params = Scene.publishing("p\(number)@example.com", Scene.newsletter(true), id: "during-\(number)")
                _ = try await daemon.publisher().result("publishConsent", params)
            }
        }()
        var seen: Set<String> = []
        var newest: [String: Int] = [:]
        var sawChange = false
        while seen.count < 220 {
            let params = try #require(try await watcher.answer()["params"])
            let id = try #require(params["delivery"]?["event_id"]?.stringValue)
            let seq = try #require(params["seq"]?.intValue)
            if params["type"] == "snapshot" {
                #expect(!sawChange, "a snapshot after a change")
            } else {
                sawChange = true
            }
            #expect(seq > newest[id] ?? 0, "\(id) went back")
            newest[id] = seq
            seen.insert(id)
        }
        try await published
    }

    @Test func watchGoesOnAfterASequenceNumber() async throws {
        let first = try await scene.deliver("one@example.com")
        let seq = try #require(first["seq"])
        let second = try await publish("two@example.com", id: "second")
        let client = try scene.daemon.admin()
        try await client.send(RPCText.call(1, "watchDeliveries", ["after_seq": seq]))
        let message = try await client.answer()
        #expect(message["params"]?["delivery"]?["event_id"] == second["event_id"], "\(message)")
        #expect(try await scene.daemon.admin().call("watchDeliveries", ["after_seq": 1_000_000]).code == 11)
    }

    @Test func watchIsRefusedWhereItHasNoPlace() async throws {
        let client = try scene.daemon.publisher()
        #expect(try await client.call("watchDeliveries").status == "PERMISSION_DENIED")
        #expect(try await client.call("watchDeliveries", ["nonsense": 1]).status == "PERMISSION_DENIED")
        #expect(try await client.call("watchDeliveries", ["event_id": "nobody-knows"]).status == "NOT_FOUND")
        #expect(try await client.call("watchDeliveries", ["delivery_id": "x"]).status == "NOT_FOUND")
        let admin = try scene.daemon.admin()
        #expect(try await admin.call("watchDeliveries", ["configuration_id": "cfg_99"]).status == "NOT_FOUND")
        #expect(try await admin.call("watchDeliveries", ["heartbeat_ms": 0]).faultPaths == ["heartbeat_ms"])
        try await admin.send("[" + RPCText.call(1, "watchDeliveries") + "," + RPCText.call(2, "health.watch") + "]")
        let answers = try #require(try await admin.answer().arrayValue)
        #expect(answers.map(\.status) == ["FAILED_PRECONDITION", "FAILED_PRECONDITION"], "\(answers)")
    }

    @Test func watchAsANotificationDoesNothing() async throws {
        _ = try await publish("ada@example.com")
        let client = try scene.daemon.admin()
        for method in ["watchDeliveries", "health.watch"] { try await client.send(RPCText.notification(method)) }
        #expect(try await client.call("health.check")["result"]?["status"] == "SERVING")
    }

    @Test func heartbeatsComeWhileNothingHappens() async throws {
        let client = try scene.daemon.admin()
        try await client.send(RPCText.call(7, "watchDeliveries", ["heartbeat_ms": 20]))
        for _ in 0..<3 {
            let params = try #require(try await client.answer()["params"])
            #expect(params["type"] == "heartbeat" && params["id"] == 7 && params["seq"]?.intValue != nil)
            #expect(params["delivery"] == nil)
        }
    }

    @Test func watchHasADeadlineOnlyWhenItAsks() async throws {
        let client = try scene.daemon.admin()
        try await client.send(RPCText.call(1, "watchDeliveries", ["_meta": ["timeout_ms": 30]]))
        let answer = try await client.answer()
        #expect(answer["id"] == 1 && answer.code == 4 && answer.status == "DEADLINE_EXCEEDED", "\(answer)")
    }

    @Test func blockedWatchEndsWithOverflowAndBlocksNobody() async throws {
        let watcher = try scene.daemon.admin()
        try await watcher.send(RPCText.call(1, "watchDeliveries"))
        try await watcher.socket.drained()
        let client = try scene.daemon.publisher()
        let count = 6_000
        for start in stride(from: 0, to: count, by: 500) {
            let calls = (start..<start + 500).map {
                RPCText.call(
                    .int($0),
                    "publishConsent",
                    Scene.publishing("o\($0)@example.com", Scene.newsletter(true))
                )
            }
            try await client.send(calls.joined())
            #expect(try await client.answers(500).allSatisfy { $0["result"] != nil })
        }
        var seen = 0
        var newest = 0
        while true {
            let message = try await watcher.answer()
            if let params = message["params"] {
                seen += 1
                newest = max(newest, params["seq"]?.intValue ?? 0)
                continue
            }
            #expect(message["id"] == 1 && message.reason == "WATCH_OVERFLOW", "\(message)")
            #expect(message.status == "RESOURCE_EXHAUSTED")
            let last = Int(message["error"]?["data"]?["metadata"]?["last_seq"]?.stringValue ?? "")
            #expect(try #require(last) <= newest)
            break
        }
        #expect(seen < count, "nothing was kept back")
    }

    @Test func halfClosedWatchRunsToItsEnd() async throws {
        _ = try await publish("ada@example.com", id: "half")
        let client = try scene.daemon.publisher()
        try await client.send(RPCText.call(1, "watchDeliveries", ["event_id": "half", "until_terminal": true]))
        client.socket.finishSending()
        let lines = try await client.rest()
        #expect(try JSONValue.parse(lines.last ?? "")["result"]?["reason"] == "terminal", "\(lines)")
    }

    @Test func closedWatchersLeaveNothingOpen() async throws {
        _ = try await scene.daemon.result("health.check")
        let before = try await scene.daemon.descriptorCountAtRest()
        for round in 0..<40 {
            let client = try scene.daemon.admin()
            try await client.send(RPCText.call(1, "watchDeliveries", ["heartbeat_ms": 10]))
            try await client.send(RPCText.call(2, "health.watch"))
            if round % 2 == 0 { _ = try await client.line() }
            if round % 3 == 0 { client.socket.finishSending() }
            client.socket.close()
        }
        try await Patience.until("descriptors are closed") { scene.daemon.openDescriptorCount <= before }
    }

    @Test func stopEndsEveryWaitWithItsReason() async throws {
        let client = try scene.daemon.admin()
        let seq = try await client.result("deliveryStatus", ["organization_user_id": "x"])["seq"] ?? .null
        try await client.send(RPCText.call("w", "watchDeliveries"))
        try await client.send(RPCText.call("h", "health.watch"))
        try await client.send(
            RPCText.call("p", "deliveryStatus", ["organization_user_id": "x", "after_seq": seq])
        )
        #expect(try await client.answer()["method"] == "health.event")
        scene.daemon.process.signal(15)
        let answers = try await client.rest().map { try JSONValue.parse($0) }
        #expect(answers.answer(to: "w")?["result"]?["reason"] == "shutdown", "\(answers)")
        #expect(answers.answer(to: "h")?["result"]?["reason"] == "shutdown", "\(answers)")
        #expect(answers.answer(to: "p")?.status == "UNAVAILABLE", "\(answers)")
        #expect(try await scene.daemon.ended() == .exited(0))
    }

    @Test func healthIsWatched() async throws {
        let name = try await scene.daemon.result("listConfigurations")["configurations"]?[0]?["name"] ?? .null
        let client = try scene.daemon.publisher()
        for service in ["", name, "not-there-yet"] {
            try await client.send(RPCText.call(service, "health.watch", ["service": service]))
        }
        var states: [JSONValue] = []
        for _ in 0..<3 { states.append(try await client.answer()["params"] ?? .null) }
        #expect(states.map { $0["status"] } == ["SERVING", "SERVING", "SERVICE_UNKNOWN"])
        let configuration = try await scene.daemon.result("getConfiguration", ["name": name])
        try await scene.update(configuration, ["paused": true])
        let paused = try await client.answer()["params"]
        #expect(paused?["id"] == name && paused?["status"] == "NOT_SERVING", "\(String(describing: paused))")
        try await scene.configure(["name": "not-there-yet"])
        let made = try await client.answer()["params"]
        #expect(made?["id"] == "not-there-yet" && made?["status"] == "SERVING", "\(String(describing: made))")
    }

    @Test func stopEndsAPublishThatWaitsForItsDelivery() async throws {
        let paused = try await scene.configurePaused(["name": "resting"])
        let client = try scene.daemon.publisher()
        let params = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "waits", waitFor: "delivered")
            .merging(patch: ["configuration_ids": [paused["id"] ?? .null]])
        try await client.send(RPCText.call("w", "publishConsent", params))
        try await Patience.until("the event is known") {
            try await scene.daemon.admin().call("deliveryStatus", ["event_id": "waits"])["result"] != nil
        }
        scene.daemon.process.signal(15)
        let answers = try await client.rest().map { try JSONValue.parse($0) }
        #expect(answers.count == 1 && answers.answer(to: "w")?.status == "UNAVAILABLE", "\(answers)")
        #expect(answers.first?.reason == "SHUTTING_DOWN" && answers.first?.code == 14, "\(answers)")
        #expect(try await scene.daemon.ended() == .exited(0))
    }
}
