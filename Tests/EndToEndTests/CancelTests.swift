import JSON
import TestSupport
import Testing

/// `rpc.cancel`: a waiting call is answered with CANCELLED, found by its id as it was written.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct CancelTests {
    private let scene: Scene

    init() async throws {
        scene = try await Scene.start()
    }

    @Test(arguments: ["1", "1.0", "-0", #""a""#, #""\u0061""#, "null", "1e2"])
    func waitingCallIsCancelledByItsIDAsWritten(_ id: String) async throws {
        let client = try scene.daemon.admin()
        let call = #"{"jsonrpc":"2.0","id":\#(id),"method":"watchDeliveries"}"#
        try await client.send(call + #"{"jsonrpc":"2.0","id":"c","method":"rpc.cancel","params":{"id":\#(id)}}"#)
        let lines = [try #require(try await client.line()), try #require(try await client.line())]
        let cancelled = try #require(lines.first { $0.contains("CANCELLED") })
        #expect(cancelled.contains("\"id\":\(id),") && cancelled.contains("\"code\":1,"), "\(lines)")
        #expect(lines.contains(#"{"jsonrpc":"2.0","id":"c","result":{}}"#), "\(lines)")
    }

    @Test func everyKindOfWaitCanBeCancelled() async throws {
        try await scene.configure(["authentication": ["url": "http://127.0.0.1:9"]])
        let client = try scene.daemon.admin()
        let seq = try await client.result("deliveryStatus", ["organization_user_id": "x"])["seq"] ?? .null
        let waits: [(String, JSONValue)] = [
            ("deliveryStatus", ["organization_user_id": "x", "after_seq": seq]),
            ("publishConsent", Scene.publishing("a@b.example", Scene.newsletter(true), waitFor: "delivered")),
            ("watchDeliveries", ["until_terminal": true, "configuration_id": "cfg_00000001"]),
            ("health.watch", ["service": "nothing"]),
        ]
        for (method, params) in waits {
            let client = try scene.daemon.admin()
            try await client.send(RPCText.call("slow", method, params))
            try await client.send(RPCText.call("c", "rpc.cancel", ["slow"]))
            var answers: [JSONValue] = []
            while answers.count < 2 {
                let message = try await client.answer()
                if message["method"] == nil { answers.append(message) }
            }
            #expect(answers.answer(to: "slow")?.code == 1, "\(method): \(answers)")
            #expect(answers.answer(to: "c")?["result"] != nil, "\(method): \(answers)")
            #expect(try await client.call("health.check")["result"] != nil)
        }
    }

    @Test func cancellingNothingSucceeds() async throws {
        let client = try scene.daemon.publisher()
        for id: JSONValue in ["nobody", 5, .null] {
            #expect(try await client.result("rpc.cancel", ["id": id]) == [:])
        }
        #expect(try await client.call("rpc.cancel").faultPaths == ["id"])
        #expect(try await client.call("rpc.cancel", ["id": [:]]).faultPaths == ["id"])
    }

    @Test func otherConnectionsCallsAreLeftAlone() async throws {
        let one = try scene.daemon.admin()
        try await one.send(RPCText.call(1, "watchDeliveries", ["heartbeat_ms": 20]))
        _ = try await one.answer()
        #expect(try await scene.daemon.admin().result("rpc.cancel", ["id": 1]) == [:])
        for _ in 0..<3 { #expect(try await one.answer()["params"]?["type"] == "heartbeat") }
    }

    @Test func cancelledCallsMakeRoomAtTheLimit() async throws {
        let client = try scene.daemon.admin()
        for id in 0..<32 { try await client.send(RPCText.call(.int(id), "watchDeliveries")) }
        #expect(try await client.call("watchDeliveries").reason == "TOO_MANY_CALLS")
        for id in 0..<32 { try await client.send(RPCText.notification("rpc.cancel", ["id": .int(id)])) }
        let answers = try await client.answers(32)
        #expect(answers.allSatisfy { $0.code == 1 } && Set(answers.compactMap { $0["id"]?.intValue }).count == 32)
        try await client.send(RPCText.call(40, "watchDeliveries", ["heartbeat_ms": 10]))
        #expect(try await client.answer()["params"]?["id"] == 40)
    }
}
