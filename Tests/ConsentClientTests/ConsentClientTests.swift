import ConsentClient
import JSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ConsentClientTests {
    @Test func answersOfPipelinedCallsAreMatchedByID() async throws {
        let server = try await ScriptedServer { requests in
            guard requests.count == 20 else { return [] }
            return requests.reversed().map { .send($0.answered(["echo": $0["params"]?["n"] ?? .null])) }
        }
        let client = try await ConsentClient.connect(to: server.path)
        try await withThrowingTaskGroup(of: (Int, Int?).self) { group in
            for number in 0..<20 {
                group.addTask {
                    (number, try await client.call("echo", params: ["n": .int(number)])["echo"]?.intValue)
                }
            }
            for try await (number, echo) in group { #expect(echo == number) }
        }
    }

    @Test func answersMayArriveByteByByte() async throws {
        let server = try await ScriptedServer { requests in
            requests.suffix(1).flatMap { $0.answered(["text": "é\n\"}"]) }.map { .send(String($0)) }
        }
        let client = try await ConsentClient.connect(to: server.path)
        for _ in 0..<3 { #expect(try await client.call("any")["text"]?.stringValue == "é\n\"}") }
    }

    @Test func requestsAreJSONRPCWithParametersAndDeadline() async throws {
        let server = try await ScriptedServer { requests in requests.suffix(1).map { .send($0.answered($0)) } }
        let client = try await ConsentClient.connect(to: server.path)
        let bare = try await client.call("health.check")
        #expect(bare["jsonrpc"] == "2.0")
        #expect(bare["method"] == "health.check")
        #expect(bare["params"] == nil)
        let full = try await client.call("m", params: ["a": 1], timeout: .milliseconds(1_500))
        #expect(full["params"] == ["a": 1, "_meta": ["timeout_ms": 1_500]])
        let text = try await client.call("m", paramsJSON: #"{"a":[1.0]}"#)
        #expect(try JSONValue.parse(text)["params"] == ["a": [1]])
    }

    @Test func failuresKeepEverythingACallerCanActOn() async throws {
        let server = try await ScriptedServer { requests in
            requests.suffix(1).map {
                .send(
                    $0.refused([
                        "code": -32_602, "message": "invalid parameters",
                        "data": [
                            "status": "INVALID_ARGUMENT", "reason": "BAD_PARAMS", "retry_after_ms": 250,
                            "field_violations": [["path": "mappings[0].id", "message": "is missing"]],
                        ],
                    ])
                )
            }
        }
        let client = try await ConsentClient.connect(to: server.path)
        let expected = RPCFailure(
            code: -32_602,
            status: "INVALID_ARGUMENT",
            reason: "BAD_PARAMS",
            message: "invalid parameters",
            violations: [.init(path: "mappings[0].id", message: "is missing")],
            retryAfter: .milliseconds(250)
        )
        #expect(expected.statusNumber == 3)
        await #expect(throws: ClientError.rpc(expected)) { try await client.call("createConfiguration") }
    }

    @Test func parametersThatAreNoJSONAreNotSent() async throws {
        let server = try await ScriptedServer { requests in requests.suffix(1).map { .send($0.answered("sent")) } }
        let client = try await ConsentClient.connect(to: server.path)
        await #expect(throws: ClientError.invalidParameters(offset: 5)) {
            try await client.call("m", paramsJSON: #"{"a":}"#)
        }
        await #expect(throws: ClientError.invalidParameters(offset: 0)) { try await client.call("m", paramsJSON: "7") }
    }

    @Test func publicationsAndDeliveriesAreRead() async throws {
        let delivery: JSONValue = [
            "delivery_id": "dlv_1", "event_id": "e1", "configuration_id": "cfg_1", "state": "skipped",
            "reason": "NO_MATCH", "record_ids": ["00Q1"],
        ]
        let server = try await ScriptedServer { requests in
            requests.suffix(1).map { request in
                request["method"] == "publishConsent"
                    ? .send(request.answered(["event_id": "e1", "seq": 7, "replayed": true, "deliveries": [delivery]]))
                    : .send(
                        request.answered(["deliveries": [delivery], "seq": 9, "asked": request["params"] ?? .null])
                    )
            }
        }
        let client = try await ConsentClient.connect(to: server.path)
        let publication = try await client.publish(
            eventJSON: #"{"organization_user_id":"a","preferences":{"p":true}}"#
        )
        #expect(publication.eventID == "e1" && publication.sequenceNumber == 7 && publication.isReplayed)
        let status = try #require(try await client.deliveries(of: .event("e1")).first)
        #expect(status == publication.deliveries.first)
        #expect(status.isTerminal && status.reason == "NO_MATCH" && status.recordIDs == ["00Q1"])
    }
}
