import JSON
import TestSupport
import Testing

/// Nobody's trouble is anybody else's, and nothing is written twice at once.
@Suite(.timeLimit(.minutes(2))) struct DeliveryIsolationTests {
    private static let slow: JSONValue = ["latency_ms": 50]

    @Test func onePersonIsNeverWrittenTwiceAtOnce() async throws {
        let scene = try await Scene.start()
        let people = (0..<20).map { "person\($0)@example.com" }
        try await scene.simulator.seed("Lead", people.map { Scene.lead($0) })
        try await scene.simulator.set(Self.slow)
        let configurations = [
            try await scene.configure(),
            // The same records under another name and field, so that both configurations write them.
            try await scene.configure(["mappings": [["id": "Phone_OptIn__c", "value": .string(Scene.newsletter)]]]),
        ]
        var ids: [JSONValue] = []
        for round in 0..<10 {
            let published = try await scene.publish(
                people.map { person in
                    Scene.publishing(
                        person,
                        Scene.newsletter(round % 2 == 1),
                        createdAt: "2025-03-14T09:26:5\(round).000Z"
                    )
                }
            )
            ids += published.flatMap { $0["deliveries"]?.arrayValue ?? [] }.compactMap { $0["delivery_id"] }
        }
        #expect(ids.count == 10 * people.count * configurations.count)
        _ = try await scene.deliveries(ids, in: ["delivered", "superseded", "skipped"])
        for person in people {
            let record = try await scene.record(person)
            #expect(record["Newsletter__c"] == true && record["Phone_OptIn__c"] == true)
        }
        #expect(try await scene.count("overlapping_writes") == 0)
    }

    @Test func contactsOfOneAccountAreNeverWrittenInParallel() async throws {
        // Four contacts share an account.
        let scene = try await Scene.start(simulator: ["--people", "800", "--sobject", "Contact", "--latency", "50"])
        let contact: JSONValue = ["properties": ["sobject": ["Contact"]]]
        let configuration = try await scene.configurePaused(contact)
        let people = try await scene.simulator.records("Contact").compactMap { $0["Email"]?.stringValue }
        // Every fourth first, so that siblings fall into different batches.
        let order = (0..<4).flatMap { start in people.indices.filter { $0 % 4 == start }.map { people[$0] } }
        let ids = Scene.ids(
            of: try await scene.publish(order.map { Scene.publishing($0, Scene.newsletter(true)) })
        )
        try await scene.update(configuration, ["paused": false])
        _ = try await scene.deliveries(ids, in: ["delivered"])
        #expect(try await scene.count("overlapping_account_writes") == 0)
        #expect(try await scene.count("records_updated") == 800)
    }

    @Test func onePoisonRecordOfTwoHundredCostsSeventeenCallsAndNoOtherRecord() async throws {
        let scene = try await Scene.start(simulator: ["--people", "200"])
        let configuration = try await scene.configurePaused()
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        let poison = people[77]
        try await scene.simulator.fail(["fault": "batch_error", "subject": .string(poison)])
        let ids = Scene.ids(
            of: try await scene.publish(people.map { Scene.publishing($0, Scene.newsletter(true)) })
        )
        try await scene.simulator.resetStatistics()
        try await scene.update(configuration, ["paused": false])
        let settled = try await scene.deliveries(ids, in: ["delivered", "failed"])
        let failed = settled.filter { $0.state == "failed" }
        #expect(failed.map { $0["organization_user_id"] } == [.string(poison)])
        #expect(failed.first?["reason"] == "JSON_PARSER_ERROR")
        #expect(try await scene.count("calls.by_kind.collections_update") <= 17)
        #expect(try await scene.count("records_updated") == 199)
    }

    @Test func aBatchOfWhichNothingIsAcceptedIsHeldAndDeliveredOnceItIs() async throws {
        let scene = try await Scene.start(simulator: ["--people", "20"])
        let configuration = try await scene.configurePaused()
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        try await scene.simulator.fail([
            "fault": "status", "status": 400, "code": "NEVER_SEEN_BEFORE", "match": ["kind": "collections_update"],
        ])
        let ids = Scene.ids(
            of: try await scene.publish(people.map { Scene.publishing($0, Scene.newsletter(false)) })
        )
        try await scene.update(configuration, ["paused": false])
        let held = try await scene.deliveries(ids, in: ["held", "failed"])
        #expect(held.allSatisfy { $0.state == "held" }, "\(held.first ?? .null)")
        try await scene.simulator.recover()
        try await scene.update(configuration, ["paused": true])
        try await scene.update(configuration, ["paused": false])
        let settled = try await scene.deliveries(ids, in: ["delivered", "failed"])
        #expect(settled.allSatisfy { $0.state == "delivered" }, "\(settled.first ?? .null)")
    }

    @Test func aSickConfigurationNeverSlowsAnother() async throws {
        let scene = try await Scene.start(simulator: ["--people", "400"])
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        try await scene.simulator.seed(
            "Contact",
            (0..<5).map { ["Email": .string("healthy\($0)@example.com"), "LastName": "Byron"] }
        )
        try await scene.simulator.fail([
            "fault": "status", "status": 503,
            "match": ["kind": "collections_update", "sobject": "Lead"],
        ])
        let sick = try await scene.configure()["id"] ?? .null
        let healthy = try await scene.configure(["properties": ["sobject": ["Contact"]]])["id"] ?? .null
        let toSick = people.map { person -> JSONValue in
            let params = Scene.publishing(person, Scene.newsletter(true))
            return params.merging(patch: ["configuration_ids": [sick]])
        }
        let ids = Scene.ids(of: try await scene.publish(toSick))
        _ = try await scene.deliveries(ids, in: ["retrying"])
        for number in 0..<5 {
            let params = Scene.publishing("healthy\(number)@example.com", Scene.newsletter(true))
            let published = try await scene.publish([params.merging(patch: ["configuration_ids": [healthy]])])
            let delivered = try await scene.deliveries(Scene.ids(of: published), in: ["delivered"])
            #expect(delivered.first?["attempts"] == 1)
            let accepted = delivered.first?["accepted_at"]?.stringValue.flatMap(JSONValue.milliseconds) ?? 0
            let done = delivered.first?["updated_at"]?.stringValue.flatMap(JSONValue.milliseconds) ?? .max
            // The sick one waits for seconds at least, whatever the machine does.
            #expect(done - accepted < 2_000)
        }
        let still = try await scene.deliveries(ids)
        #expect(still.allSatisfy { $0.state != "delivered" })
    }

    @Test func withdrawalsOvertakeGrants() async throws {
        let scene = try await Scene.start(simulator: ["--people", "2000", "--latency", "50"])
        let configuration = try await scene.configurePaused()
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        let toIt: JSONValue = ["configuration_ids": [configuration["id"] ?? .null]]
        let published = try await scene.publish(
            people.enumerated().map { place, person in
                Scene.publishing(person, Scene.newsletter(place < 1_950)).merging(patch: toIt)
            }
        )
        let ids = Scene.ids(of: published)
        // Calls that leave together arrive in any order: one at a time has the order that was decided.
        try await Self.leaveOneCallSlot(of: scene)
        try await scene.update(configuration, ["paused": false])
        let delivered = try await scene.deliveries(ids, in: ["delivered"])
        // The simulator numbers calls as they arrive.
        let calls = try delivered.map { try #require($0["last_attempt"]?["request_id"]?.stringValue, "\($0)") }
        #expect(calls.count == 2_000)
        let lastWithdrawal = try #require(calls[1_950...].max())
        let grantsBefore = calls[..<1_950].count { $0 < lastWithdrawal }
        #expect(grantsBefore == 0, "\(grantsBefore) grants went before the last withdrawal")
    }

    /// Has three writes of another configuration hang in the org, which takes four calls at once.
    private static func leaveOneCallSlot(of scene: Scene) async throws {
        let people = (0..<3).map { "busy\($0)@example.com" }
        try await scene.simulator.seed("Contact", people.map { ["Email": .string($0), "LastName": "Byron"] })
        try await scene.simulator.fail([
            "fault": "hold", "match": ["kind": "collections_update", "sobject": "Contact"],
        ])
        let busy = try await scene.configure(["properties": ["sobject": ["Contact"]]])["id"] ?? .null
        for (place, person) in people.enumerated() {
            let params = Scene.publishing(person, Scene.newsletter(true))
            _ = try await scene.publish([params.merging(patch: ["configuration_ids": [busy]])])
            try await Patience.until("\(place + 1) writes hang") {
                try await scene.count("calls.by_kind.collections_update") == place + 1
            }
        }
    }

    @Test func onlyWithdrawalsUseTheLastOfTheDailyAllocation() async throws {
        let scene = try await Scene.start(simulator: ["--people", "60"])
        try await scene.configure()
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        for person in people[..<40] { _ = try await scene.deliver(person) }
        let used = try await scene.count("calls.data")
        #expect(used > 40)
        try await scene.simulator.set(["daily_calls_max": .int(used * 100 / 96)])
        // The answer to its lookup tells of the scarcity.
        let grants = try await scene.publish(people[40..<42].map { Scene.publishing($0, Scene.newsletter(true)) })
        let withdrawal = try await scene.deliver(people[42], Scene.newsletter(false))
        #expect(withdrawal.state == "delivered")
        let waiting = try await scene.deliveries(Scene.ids(of: grants))
        #expect(waiting.allSatisfy { ["pending", "in_flight"].contains($0.state) })
    }
}
