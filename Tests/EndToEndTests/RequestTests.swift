import JSON
import TestSupport
import Testing

/// What makes a request, and how its id comes back.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct RequestTests {
    private let daemon: DaemonProcess
    private let client: RawClient

    init() async throws {
        daemon = try await DaemonProcess.start()
        client = try daemon.publisher()
    }

    @Test(arguments: [
        "1", "0", "-0", "1.0", "1e2", "-1.50E+10", "9007199254740993", "123456789012345678901234567890", "null",
        #""""#, #""a""#, #""\u0061""#, #""\u00e9""#, #""é""#, #""\/""#, #""\ud83d\ude00""#,
        "\"" + String(repeating: "i", count: 126) + "\"",
    ])
    func idComesBackByteForByte(_ id: String) async throws {
        for method in ["health.check", "no.such.method"] {
            try await client.send(#"{"jsonrpc":"2.0", "id" : \#(id) ,"method":"\#(method)"}"#)
            let line = try #require(try await client.line())
            #expect(line.contains("\"id\":\(id),") || line.hasSuffix("\"id\":\(id)}"), "\(line)")
        }
    }

    @Test(arguments: ["true", "{}", "[]", "[1]", "\"" + String(repeating: "i", count: 127) + "\""])
    func idThatIsNoneIsRefusedWithNull(_ id: String) async throws {
        try await client.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"health.check"}"#)
        let answer = try await client.answer()
        #expect(answer.code == -32600 && answer["id"]?.isNull == true, "\(answer)")
        #expect(answer.status == "INVALID_ARGUMENT")
        #expect(try await client.result("health.check")["status"] == "SERVING")
    }

    @Test(arguments: ["5", "-1.5e3", "true", "false", "null", #""text""#])
    func scalarIsNoRequestAndTheConnectionLives(_ scalar: String) async throws {
        try await client.send(scalar + "\n")
        let answer = try await client.answer()
        #expect(answer.code == -32600 && answer["id"]?.isNull == true && answer.status == "INVALID_ARGUMENT")
        #expect(try await client.result("health.check")["status"] == "SERVING")
    }

    @Test(arguments: [
        #"{}"#, #"{"jsonrpc":"2.0"}"#, #"{"id":7,"method":"health.check"}"#,
        #"{"jsonrpc":"1.0","id":7,"method":"health.check"}"#, #"{"jsonrpc":2.0,"id":7,"method":"health.check"}"#,
        #"{"jsonrpc":"2.0","id":7}"#, #"{"jsonrpc":"2.0","id":7,"method":5}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"health.check","params":5}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"health.check","params":"x"}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"health.check","method":"health.check"}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"health.check","params":{"service":"","service":""}}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"health.check","params":{"service":"","\u0073ervice":""}}"#,
        #"{"jsonrpc":"2.0","id":7,"method":"health.check","x":{"y":[{"z":1,"z":2}]}}"#,
    ])
    func wellFormedButNoRequest(_ text: String) async throws {
        try await client.send(text)
        let answer = try await client.answer()
        #expect(answer.code == -32600, "\(answer)")
        #expect(answer["id"] == (text.contains("\"id\":7") ? 7 : .null), "\(answer)")
        #expect(answer.status == "INVALID_ARGUMENT")
        #expect(try await client.result("health.check")["status"] == "SERVING")
    }

    @Test func unknownTopLevelMembersAreIgnored() async throws {
        try await client.send(#"{"jsonrpc":"2.0","id":1,"method":"health.check","trace":{"a":[1]},"zzz":null}"#)
        #expect(try await client.answer()["result"]?["status"] == "SERVING")
    }

    @Test func nullParamsAreAbsent() async throws {
        try await client.send(#"{"jsonrpc":"2.0","id":1,"method":"health.check","params":null}"#)
        #expect(try await client.answer()["result"]?["status"] == "SERVING")
    }

    @Test func notificationIsNeverAnswered() async throws {
        for text in [
            RPCText.notification("health.check"), RPCText.notification("no.such.method"),
            RPCText.notification("listConfigurations"), RPCText.notification("publishConsent", ["wrong": 1]),
        ] { try await client.send(text) }
        try await client.send(RPCText.call(1, "health.check"))
        client.socket.finishSending()
        let lines = try await client.rest()
        #expect(lines.count == 1)
        #expect(try JSONValue.parse(lines[0])["id"] == 1)
    }

    @Test func notificationRuns() async throws {
        let admin = try daemon.admin()
        _ = try await admin.result("createConfiguration", Scene.configuration(url: "http://127.0.0.1:1"))
        var params = Scene.publishing("ada@example.com", ["tFyHkpl": true])
        params["event"]?["id"] = "told-not-asked"
        try await client.send(RPCText.notification("publishConsent", params))
        // The same connection sees every earlier mutation of its own.
        let found = try await client.result("deliveryStatus", ["event_id": "told-not-asked"])
        #expect(found["deliveries"]?.arrayValue?.count == 1)
    }

    @Test func unknownMethodIsUnimplemented() async throws {
        for method in ["no.such.method", "", "Health.check", String(repeating: "m", count: 256)] {
            let answer = try await client.call(method, ["anything": 1])
            #expect(answer.code == -32601 && answer.status == "UNIMPLEMENTED", "\(answer)")
        }
    }

    @Test func methodNameHasALimit() async throws {
        let answer = try await client.call(String(repeating: "m", count: 257))
        #expect(answer.code == -32600, "\(answer)")
        #expect(try await client.result("health.check")["status"] == "SERVING")
    }

    @Test(arguments: [
        "createConfiguration", "getConfiguration", "listConfigurations", "updateConfiguration", "deleteConfiguration",
        "listDeliveries", "retryDelivery",
    ])
    func adminMethodsAreRefusedBeforeParamsAreLookedAt(_ method: String) async throws {
        for params: JSONValue in [["nonsense": 1], [1, 2, 3], ["_meta": ["timeout_ms": 0]], [:]] {
            let answer = try await client.call(method, params)
            #expect(answer.code == 7 && answer.status == "PERMISSION_DENIED", "\(answer)")
            let message = answer.message ?? ""
            #expect(message.contains("admin.sock") && message.contains("consent-admin"))
        }
        #expect(try await daemon.admin().call(method, ["nonsense": 1]).code == -32602)
    }

    @Test func positionalParamsAreTakenWhereAllAreScalars() async throws {
        let admin = try daemon.admin()
        #expect(try await admin.result("health.check", [""])["status"] == "SERVING")
        let created = try await admin.result("createConfiguration", Scene.configuration(url: "http://127.0.0.1:1"))
        #expect(try await admin.result("getConfiguration", [created["id"] ?? .null]) == created)
        #expect(try await admin.result("listConfigurations", [10])["configurations"]?.arrayValue?.count == 1)
        for method in ["publishConsent", "createConfiguration", "updateConfiguration"] {
            let answer = try await admin.call(method, ["x"])
            #expect(answer.code == -32602, "\(method): \(answer)")
        }
        #expect(try await admin.call("health.check", ["", "one too many"]).code == -32602)
    }

    @Test(arguments: [
        "0", "300001", "-1", "1.5", "\"1000\"", "true", "[]", "1e9", "99999999999999999999",
    ])
    func unreasonableTimeoutIsRefused(_ timeout: String) async throws {
        let meta = #"{"_meta":{"timeout_ms":\#(timeout)}}"#
        try await client.send(#"{"jsonrpc":"2.0","id":1,"method":"health.check","params":\#(meta)}"#)
        let answer = try await client.answer()
        #expect(answer.code == -32602 && answer.faultPaths == ["_meta.timeout_ms"], "\(answer)")
    }

    @Test(arguments: [1, 30_000, 300_000])
    func reasonableTimeoutIsTaken(_ timeout: Int) async throws {
        let answer = try await client.call("health.check", ["_meta": ["timeout_ms": .int(timeout)]])
        #expect(answer["result"]?["status"] == "SERVING", "\(answer)")
    }

    @Test func deadlineEndsTheWait() async throws {
        let admin = try daemon.admin()
        _ = try await admin.result("createConfiguration", Scene.configuration(url: "http://127.0.0.1:1"))
        var params = Scene.publishing("ada@example.com", ["tFyHkpl": true], waitFor: "delivered")
        params["event"]?["id"] = "late"
        params["_meta"] = ["timeout_ms": 200]
        let answer = try await client.call("publishConsent", params)
        #expect(answer.code == 4 && answer.status == "DEADLINE_EXCEEDED", "\(answer)")
        let found = try await client.result("deliveryStatus", ["event_id": "late"])
        #expect(found["deliveries"]?.arrayValue?.count == 1, "the operation itself was not undone")
    }

    @Test func traceContextGoesToTheLogWhereItIsOne() async throws {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let none = [
            "0" + trace, trace.uppercased(), "ada@example.com",
            trace.replacing("4bf92f3577b34da6a3ce929d0e0e4736", with: String(repeating: "0", count: 32)),
        ]
        for (number, text) in ([trace] + none).enumerated() {
            let meta: JSONValue = ["_meta": ["traceparent": .string(text)]]
            let event = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "traced-\(number)")
            _ = try await client.call("publishConsent", event.merging(patch: meta))
            let deletion: JSONValue = ["id": "cfg_00000099", "revision": 1]
            let answer = try await daemon.admin().call("deleteConfiguration", deletion.merging(patch: meta))
            #expect(answer.status == "NOT_FOUND", "a text that is no trace context is no fault: \(answer)")
        }
        let lines = daemon.log.split(separator: "\n").filter { $0.contains("traceparent=") }
        #expect(lines.count == 2 && lines.allSatisfy { $0.contains("traceparent=\(trace)") }, "\(lines)")
        #expect(lines.map { $0.contains("method=publishConsent") } == [true, false], "\(lines)")
    }

    @Test func limitsAreReported() async throws {
        let info = try await client.result("rpc.serverInfo")
        let expected: [String: Int] = [
            "message_bytes": 4 << 20, "nesting": 64, "id_bytes": 128, "method_bytes": 256, "batch_items": 1000,
            "slow_calls_per_connection": 32, "unsynced_bytes_per_connection": 4 << 20,
            "output_bytes_per_connection": 1 << 20, "connections": 512, "connections_per_uid": 128,
            "reserved_connections": 8, "watch_queue": 1024, "timeout_ms_default": 30_000, "timeout_ms_max": 300_000,
            "write_stall_ms": 30_000, "pending_max": 1_000_000,
        ]
        for (name, value) in expected { #expect(info["limits"]?[name]?.intValue == value, "\(name)") }
        #expect((info["limits"]?["page_size_max"]?.intValue ?? 0) > 0)
    }
}
