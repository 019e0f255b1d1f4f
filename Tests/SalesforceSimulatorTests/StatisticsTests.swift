import JSON
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct StatisticsTests {
    private func write(_ id: String, _ session: String) -> OrgRequest {
        OrgRequest(
            "PATCH",
            "/services/data/v66.0/composite/sobjects",
            headers: [("authorization", "Bearer \(session)"), ("sforce-auto-assign", "FALSE")],
            body: Array("{\"records\":[{\"attributes\":{\"type\":\"Contact\"},\"id\":\"\(id)\",\"Title\":\"T\"}]}".utf8)
        )
    }

    private func logIn(_ org: inout Org, _ now: OrgTime) throws -> String {
        let body = Array(OrgClient.credentials.utf8)
        let answer = org.handle(OrgRequest("POST", "/services/oauth2/token", body: body), at: now)
        let json = try JSONValue.parse(try #require(answer).body)
        return try #require(json["access_token"]?.stringValue)
    }

    @Test func overlappingWritesAreFound() throws {
        let now = OrgTime(milliseconds: 1_773_480_413_589)
        var org = Org()
        let ids = try org.seed(people: 5, "Contact", at: now)
        let session = try logIn(&org, now)

        // One after the other: nothing to find.
        for id in [ids[0], ids[0], ids[1]] {
            #expect(org.handle(write(id, session), at: now)?.status == 200)
        }
        #expect(org.statistics.overlappingWrites == 0)
        #expect(org.statistics.overlappingAccountWrites == 0)

        // The first and the second contact share an account, the fifth has another.
        let first = org.begin(write(ids[0], session), at: now)
        let sibling = org.begin(write(ids[1], session), at: now)
        let stranger = org.begin(write(ids[4], session), at: now)
        #expect(org.statistics.overlappingWrites == 0)
        #expect(org.statistics.overlappingAccountWrites == 1)
        let same = org.begin(write(ids[0], session), at: now)
        #expect(org.statistics.overlappingWrites == 1)
        #expect(org.statistics.writesPerRecordMax == 2)
        #expect(org.statistics.writesPerAccountMax == 3)
        #expect(org.statistics.concurrentMax == 4)
        for call in [first, sibling, stranger, same] {
            _ = org.perform(call, at: now)
            org.end(call)
        }
        #expect(org.writes("Contact", id: ids[0]).count == 4)
        #expect(org.statistics.recordsUpdated == 7)
        #expect(org.statistics.autoAssignTrue == 0)
    }

    @Test func whatAClientMustNotDoIsCounted() async throws {
        try await OrgClient.with { simulator, client in
            let id = try simulator.seed(people: 1, "Lead")[0]
            _ = try await client.call("GET", "/query?q=SELECT+Id+FROM+Lead+WHERE+Email='a%40b.c'")
            _ = try await client.call("PATCH", "/sobjects/Lead/\(id)", ["Newsletter__c": true])
            _ = try await client.call("GET", "/limits", headers: [("Cookie", "BrowserId=x")])
            let answer = try await client.send("GET", "/simulator/statistics")
            let shown = try answer.json
            #expect(shown["personal_data_in_url"] == 1)
            #expect(shown["auto_assign_true"] == 1)
            #expect(shown["cookies_received"] == 1)
            #expect(shown["calls"]?["by_kind"]?["query"] == 1)
            #expect(shown["calls"]?["data"] == 3)
            #expect(shown["logins"] == 1)
        }
    }

    @Test func theDailyAllocationRunsOut() async throws {
        var settings = OrgSettings()
        settings.dailyCallsMax = 2
        try await OrgClient.with(settings: settings) { _, client in
            let first = try await client.call("GET", "/limits")
            #expect(first.header("Sforce-Limit-Info") == "api-usage=1/2")
            #expect(try await client.call("GET", "/limits").status == 200)
            let refused = try await client.call("GET", "/limits")
            #expect(refused.status == 403)
            #expect(try refused.json[0]?["message"] == "TotalRequests Limit exceeded.")
        }
    }
}
