import JSON
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct ControlTests {
    @Test func aScenarioSetsEverythingUpAndAResetTakesItAway() async throws {
        try await OrgClient.with { simulator, client in
            let scenario = """
                {"settings":{"latency_ms":1,"daily_calls_max":500},
                 "schema":[{"sobject":"Lead","field":"Shoe_Size__c","type":"int"},
                           {"sobject":"Lead","field":"Newsletter__c","updateable":false}],
                 "people":{"Contact":4},
                 "records":{"Lead":[{"Id":"00Q5g0000000abc","LastName":"L","Company":"C","Shoe_Size__c":43}]},
                 "faults":[{"fault":"daily_limit","match":{"kind":"limits"}}]}
                """
            #expect(try await client.send("PUT", "/simulator/scenario", text: scenario).status == 204)
            let lead = try await client.send("GET", "/simulator/records?sobject=Lead&subject=00Q5g0000000abcEAA").json
            #expect(simulator.records("Lead").first?["Shoe_Size__c"] == 43)
            #expect(lead["total"] == .int(simulator.records("Lead").count))
            #expect(simulator.records("Contact").count == 4)
            #expect(Set(simulator.records("Contact").map { $0["AccountId"]?.description }).count == 1)
            #expect(try await client.call("GET", "/limits").status == 403)
            let write = try await client.call("PATCH", "/sobjects/Lead/00Q5g0000000abc", ["Newsletter__c": true])
            #expect(try write.json[0]?["errorCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE")

            #expect(try await client.send("POST", "/simulator/reset").status == 204)
            #expect(simulator.records("Contact").isEmpty)
            #expect(simulator.faults.isEmpty)
            #expect(simulator.statistics.calls == 0)
            let stale = try await client.call("GET", "/limits")
            #expect(stale.status == 401)
        }
    }

    @Test(arguments: [
        "{\"people\":{\"Nope\":1}}", "{\"records\":{\"Lead\":[{\"Nope\":1}]}}", "{\"faults\":[{\"fault\":\"status\"}]}",
        "{\"faults\":[{\"fault\":\"lock\",\"match\":{\"kind\":\"nope\"}}]}", "{\"schema\":[{\"sobject\":\"Nope\"}]}",
    ])
    func aScenarioThatCannotBeUnderstoodSaysWhy(text: String) async throws {
        try await OrgClient.with { _, client in
            let answer = try await client.send("PUT", "/simulator/scenario", text: text)
            #expect(answer.status == 400)
            #expect(try answer.json["error"]?.stringValue?.isEmpty == false)
        }
    }

    @Test func theWritesOfARecordAreKeptInOrder() async throws {
        try await OrgClient.with { simulator, client in
            let id = try simulator.seed(people: 1, "Lead")[0]
            for note in ["one", "two", "three"] {
                _ = try await client.call("PATCH", "/sobjects/Lead/\(id)", ["Consent_Note__c": .string(note)])
            }
            let shown = try await client.send("GET", "/simulator/writes?sobject=Lead&id=\(id)").json
            let notes = (shown["writes"]?.arrayValue ?? []).compactMap { $0["fields"]?["Consent_Note__c"]?.stringValue }
            #expect(notes == ["one", "two", "three"])
        }
    }

    @Test func anEndlessRequestLineIsRefused() async throws {
        try await OrgClient.with { _, client in
            let statement = String(repeating: "x", count: 16_400)
            let answer = try await client.call("GET", "/query?q=\(statement)")
            #expect(answer.status == 414)
        }
    }
}
