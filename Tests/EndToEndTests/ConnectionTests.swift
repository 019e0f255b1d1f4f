import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// How connections end, and what they do to each other.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ConnectionTests {
    private let scene: Scene

    init() async throws {
        scene = try await Scene.start()
        try await scene.configure()
    }

    @Test(arguments: ["accepted", "delivered"])
    func halfCloseIsAlwaysAnswered(waitFor: String) async throws {
        try await scene.simulator.seed("Lead", [Scene.lead("ada@example.com")])
        for round in 0..<20 {
            let client = try scene.daemon.publisher()
            let params = Scene.publishing("ada@example.com", Scene.newsletter(round % 2 == 0), waitFor: waitFor)
            try await client.send(RPCText.call(.int(round), "publishConsent", params))
            client.socket.finishSending()
            let answers = try await client.rest().map { try JSONValue.parse($0) }
            #expect(answers.count == 1 && answers.first?["result"] != nil, "round \(round): \(answers)")
            guard waitFor == "delivered" else { continue }
            let state = answers.first?["result"]?["deliveries"]?[0]?["state"]?.stringValue ?? ""
            #expect(Scene.terminal.contains(state), "round \(round): \(answers)")
        }
    }

    @Test func socatWithItsHalfSecondIsEnough() async throws {
        let publish = RPCText.call(1, "publishConsent", Scene.publishing("a@b.example", Scene.newsletter(true)))
        let output = try await Socat.exchange(publish, with: scene.daemon.publishPath)
        #expect(output.hasSuffix("\n") && output.filter { $0 == "\n" }.count == 1)
        #expect(try JSONValue.parse(output)["result"]?["replayed"] == false)

        let listing = try await Socat.exchange(
            RPCText.call(1, "listConfigurations") + "\n" + RPCText.call(2, "health.check") + "\n",
            with: scene.daemon.adminPath
        )
        #expect(listing.split(separator: "\n").count == 2)
    }

    @Test func closedCallersPublishIsNotLost() async throws {
        let client = try scene.daemon.publisher()
        let params = Scene.publishing("a@b.example", Scene.newsletter(true), id: "left-behind", waitFor: "delivered")
        try await client.send(RPCText.call(1, "publishConsent", params))
        try await client.socket.drained()
        client.socket.close()
        let other = try scene.daemon.publisher()
        try await Patience.until("the event is known") {
            try await other.call("deliveryStatus", ["event_id": "left-behind"])["result"] != nil
        }
    }

    @Test func closedConnectionsLeaveNothingOpen() async throws {
        _ = try await scene.daemon.result("health.check")
        let before = try await scene.daemon.descriptorCountAtRest()
        for round in 0..<100 {
            let client = try scene.daemon.publisher()
            switch round % 4 {
            case 0: break
            case 1: try await client.send(#"{"jsonrpc":"2.0","id":1,"#)
            case 2: try await client.send(RPCText.call(1, "deliveryStatus", ["organization_user_id": "x"]))
            default: try await client.send("}")
            }
            client.socket.close()
        }
        try await Patience.until("descriptors are closed") { scene.daemon.openDescriptorCount <= before }
    }

    @Test func thousandPipelinedPublishesAreEachAnswered() async throws {
        let client = try scene.daemon.publisher()
        let calls = (0..<1000).map { number in
            RPCText.call(
                .int(number),
                "publishConsent",
                Scene.publishing("person\(number)@example.com", Scene.newsletter(true), id: "pipe-\(number)")
            )
        }
        try await client.send(calls.joined(separator: "\n"))
        client.socket.finishSending()
        let answers = try await client.rest().map { try JSONValue.parse($0) }
        #expect(answers.count == 1000)
        #expect(Set(answers.compactMap { $0["id"]?.intValue }) == Set(0..<1000))
        let numbers = answers.sorted { $0["id"]?.intValue ?? 0 < $1["id"]?.intValue ?? 0 }
            .compactMap { $0["result"]?["seq"]?.intValue }
        #expect(numbers.count == 1000 && numbers == numbers.sorted() && Set(numbers).count == 1000)
    }

    @Test func stopAnswersWhatTheKernelStillHolds() async throws {
        var clients: [RawClient] = []
        for _ in 0..<24 {
            let client = try scene.daemon.publisher()
            // An answer shows that the connection is accepted.
            _ = try await client.result("health.check")
            clients.append(client)
        }
        // Nothing is read while the process is stopped, so all of it is there when the stop begins.
        scene.daemon.process.signal(SIGSTOP)
        // So much that the loop is still busy with some of it when the stop comes.
        let calls = (0..<200).map { RPCText.call(.int($0), "rpc.whoami") + String(repeating: " ", count: 400) }
        for client in clients { try await client.send(calls.joined()) }
        scene.daemon.process.signal(SIGTERM)
        scene.daemon.process.signal(SIGCONT)
        for client in clients {
            let answers = try await client.rest().map { try JSONValue.parse($0) }
            #expect(answers.count { $0["result"] != nil } == 200)
        }
        #expect(try await scene.daemon.ended() == .exited(0))
    }

    @Test func sixtyFourConnectionsAtOnce() async throws {
        let daemon = scene.daemon
        let numbers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for connection in 0..<64 {
                group.addTask {
                    let client = try daemon.publisher()
                    let calls = (0..<20).map { number in
                        RPCText.call(
                            .int(number),
                            "publishConsent",
                            Scene.publishing("c\(connection)n\(number)@example.com", Scene.newsletter(true))
                        )
                    }
                    try await client.send(calls.joined())
                    return try await client.answers(20).compactMap { $0["result"]?["seq"]?.intValue }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(numbers.count == 64 * 20)
        #expect(Set(numbers).count == 64 * 20, "every event has its own number")
    }

    @Test func slowReaderHurtsNobodyElseAndMissesNothing() async throws {
        let slow = try scene.daemon.publisher()
        let call = Array((RPCText.call(1, "rpc.serverInfo") + "\n").utf8)
        let burst = Array(repeatElement(call, count: 200).joined())
        var sent = 0
        // It stops taking requests once a mebibyte of answers waits; far below the 30 s after which it would close.
        while sent < 100_000 {
            do {
                try await slow.socket.send(burst, stallLimit: .seconds(2))
                sent += 200
            } catch is TimedOut {
                break
            }
        }
        #expect(sent < 100_000, "the server goes on reading although nobody takes its answers")
        let clock = ContinuousClock()
        let time = try await clock.measure {
            for _ in 0..<20 { _ = try await scene.daemon.publisher().result("health.check") }
        }
        #expect(time < .seconds(10))
        slow.socket.finishSending()
        let lines = try await slow.rest()
        let whole = lines.filter { $0.contains("\"limits\"") }.count
        #expect(whole >= sent, "\(whole) answers to at least \(sent) calls")
    }

    @Test func slowCallsPerConnectionAreLimited() async throws {
        let person: JSONValue = ["organization_user_id": "nobody@example.com"]
        let client = try scene.daemon.publisher()
        let seq = try await client.result("deliveryStatus", person)["seq"] ?? .null
        let params = person.merging(patch: ["after_seq": seq, "_meta": ["timeout_ms": 60_000]])
        let calls = (1...33).map { RPCText.call(.int($0), "deliveryStatus", params) }
        try await client.send(calls.joined())
        let answer = try await client.answer()
        #expect(answer["id"] == 33 && answer.status == "RESOURCE_EXHAUSTED", "\(answer)")
        #expect(answer.reason == "TOO_MANY_CALLS" && answer["error"]?["data"]?["retry_after_ms"] != nil)
        let admin = try scene.daemon.admin()
        try await admin.send(calls.joined())
        #expect(try await admin.answer().reason == "TOO_MANY_CALLS")
        for method in ["serviceStatus", "metrics.read", "listConfigurations", "rpc.whoami"] {
            #expect(try await admin.call(method)["result"] != nil, "\(method) is a quick call")
        }
    }
}
