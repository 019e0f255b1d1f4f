import JSON
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct FaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var fault: Fault
        /// The status of the call that is hit; 0 for a connection that closes without an answer.
        var status: Int
        /// What the body of that answer holds.
        var part: String
        var isApplied = false

        var testDescription: String { name }
    }

    private static let first = "person000001@example.com"

    private static let cases = [
        Case(name: "html", fault: Fault(.status(.init(503, .html))), status: 503, part: "down for maintenance"),
        Case(name: "empty", fault: Fault(.status(.init(500, .empty))), status: 500, part: ""),
        Case(
            name: "text",
            fault: Fault(.status(.init(403, .text, message: "Bad_OAuth_Token"))),
            status: 403,
            part: "Bad"
        ),
        Case(
            name: "json",
            fault: Fault(.status(.init(400, .json, code: "QUERY_TIMEOUT", message: "late"))),
            status: 400,
            part: "[{\"message\":\"late\",\"errorCode\":\"QUERY_TIMEOUT\"}]"
        ),
        Case(name: "object", fault: Fault(.status(.init(401, .jsonObject))), status: 401, part: "{\"message\""),
        Case(name: "several", fault: Fault(.status(.init(400, .jsonSeveral))), status: 400, part: "},{"),
        Case(name: "duplicates", fault: Fault(.status(.init(400, .duplicates))), status: 400, part: "duplicateResult"),
        Case(name: "truncated", fault: Fault(.status(.init(500, .truncated))), status: 500, part: "[{\"message"),
        Case(name: "xml", fault: Fault(.status(.init(500, .xml))), status: 500, part: "<Errors><Error>"),
        Case(name: "not UTF-8", fault: Fault(.status(.init(500, .notUTF8))), status: 500, part: "[{"),
        Case(name: "lock", fault: Fault(.lock(subjects: [], first: 1)), status: 200, part: "UNABLE_TO_LOCK_ROW"),
        Case(
            name: "lock by name",
            fault: Fault(.lock(subjects: [first], first: 0)),
            status: 200,
            part: "UNABLE_TO_LOCK"
        ),
        Case(
            name: "record error",
            fault: Fault(
                .recordError(
                    subject: first,
                    code: "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                    message: "no",
                    fields: ["Email"]
                )
            ),
            status: 200,
            part: "\"statusCode\":\"FIELD_CUSTOM_VALIDATION_EXCEPTION\",\"message\":\"no\",\"fields\":[\"Email\"]"
        ),
        Case(
            name: "batch error",
            fault: Fault(.batchError(subject: "person-000001", code: "JSON_PARSER_ERROR", message: "odd")),
            status: 400,
            part: "JSON_PARSER_ERROR"
        ),
        Case(name: "expired", fault: Fault(.expireTokens), status: 401, part: "INVALID_SESSION_ID"),
        Case(name: "daily limit", fault: Fault(.dailyLimit), status: 403, part: "TotalRequests Limit exceeded."),
        Case(name: "concurrent limit", fault: Fault(.concurrentLimit), status: 403, part: "ConcurrentPerOrgLongTxn"),
        Case(name: "reset before", fault: Fault(.resetBefore), status: 0, part: ""),
        Case(name: "reset after commit", fault: Fault(.resetAfterCommit), status: 0, part: "", isApplied: true),
        Case(name: "fewer results", fault: Fault(.results(.fewer)), status: 200, part: "[]", isApplied: true),
        Case(name: "silent results", fault: Fault(.results(.silent)), status: 200, part: "[{\"id\"", isApplied: true),
        Case(name: "latency", fault: Fault(.latency(milliseconds: 20)), status: 200, part: "true", isApplied: true),
        Case(name: "slow body", fault: Fault(.slowBody(milliseconds: 20)), status: 200, part: "true", isApplied: true),
    ]

    @Test(arguments: cases)
    func aFaultHitsOneCallAndNotTheNext(_ row: Case) async throws {
        try await OrgClient.with { simulator, client in
            let id = try simulator.seed(people: 1, "Lead")[0]
            let record: JSONValue = ["attributes": ["type": "Lead"], "id": .string(id), "Newsletter__c": true]
            let write = { (client: OrgClient) async throws -> OrgClient.Answer in
                do {
                    return try await client.call("PATCH", "/composite/sobjects", ["records": [record]])
                } catch is OrgClient.ConnectionClosed {
                    return OrgClient.Answer()
                }
            }
            var fault = row.fault
            fault.times = 1
            fault.match.kind = .collectionsUpdate
            simulator.setFaults([fault])
            #expect(try await client.call("GET", "/limits").status == 200)
            #expect(simulator.faults[0].fired == 0)

            let hit = try await write(client)
            #expect(hit.status == row.status)
            #expect(row.part.isEmpty || hit.text.contains(row.part))
            #expect(simulator.faults[0].fired == 1)
            #expect((simulator.record("Lead", id: id)?["Newsletter__c"] == true) == row.isApplied)

            var again = client
            if row.name == "expired" {
                again.session = try await client.logIn()
            }
            let free = try await write(again)
            #expect(free.status == 200)
            #expect(try free.json[0]?["success"] == true)
            #expect(simulator.record("Lead", id: id)?["Newsletter__c"] == true)
        }
    }

    @Test func aRefusedLoginRefusesLoginsOnly() async throws {
        try await OrgClient.with { simulator, client in
            simulator.add(Fault(.refuseLogin(error: "invalid_grant", description: "inactive user"), times: 1))
            #expect(try await client.call("GET", "/limits").status == 200)
            let refused = try await client.send("POST", "/services/oauth2/token", text: OrgClient.credentials)
            #expect(refused.status == 400)
            #expect(try refused.json["error_description"] == "inactive user")
            #expect(try await client.logIn() != "")
        }
    }

    @Test func skippedCallsPassFirst() async throws {
        try await OrgClient.with { simulator, client in
            simulator.setFaults([Fault(.status(.init(503, .empty)), times: 2, skip: 1)])
            var statuses: [Int] = []
            for _ in 0..<4 {
                statuses.append(try await client.call("GET", "/limits").status)
            }
            #expect(statuses == [200, 503, 503, 200])
        }
    }

    @Test func aHeldCallDoesItsWorkOnceTheFaultIsRemoved() async throws {
        try await OrgClient.with { simulator, client in
            let id = try simulator.seed(people: 1, "Lead")[0]
            simulator.setFaults([Fault(.hold, match: Fault.Match(kind: .update))])
            async let held = client.call("PATCH", "/sobjects/Lead/\(id)", ["Newsletter__c": true])
            while simulator.faults.first?.fired != 1 { await Task.yield() }
            // Others pass, and the one that is held has done nothing.
            #expect(try await client.call("GET", "/limits").status == 200)
            #expect(simulator.record("Lead", id: id)?["Newsletter__c"] != true)
            simulator.setFaults([])
            #expect(try await held.status == 204)
            #expect(simulator.record("Lead", id: id)?["Newsletter__c"] == true)
        }
    }

    @Test func otherSubjectsAreSpared() async throws {
        try await OrgClient.with { simulator, client in
            let ids = try simulator.seed(people: 2, "Lead")
            let match = Fault.Match(subject: Self.first)
            simulator.setFaults([Fault(.status(.init(500, .empty)), match: match)])
            #expect(try await client.call("PATCH", "/sobjects/Lead/\(ids[1])", ["Newsletter__c": true]).status == 204)
            #expect(try await client.call("PATCH", "/sobjects/Lead/\(ids[0])", ["Newsletter__c": true]).status == 500)
        }
    }

    @Test func faultsSurviveTheControlAPI() async throws {
        try await OrgClient.with { simulator, client in
            let text = """
                {"faults":[{"fault":"status","name":"busy","status":503,"body":"html","times":1,
                "match":{"kind":"limits"},"headers":{"Retry-After":"7"}}]}
                """
            #expect(try await client.send("PUT", "/simulator/faults", text: text).status == 200)
            let answer = try await client.call("GET", "/limits")
            #expect(answer.status == 503)
            #expect(answer.header("Retry-After") == "7")
            let shown = try await client.send("GET", "/simulator/faults").json
            #expect(shown["faults"]?[0]?["fired"] == 1)
            #expect(shown["faults"]?[0]?["times"] == 0)
            let wrong = try await client.send("PUT", "/simulator/faults", text: "{\"faults\":[{\"fault\":\"nope\"}]}")
            #expect(wrong.status == 400)
            #expect(simulator.faults.count == 1)
        }
    }
}
