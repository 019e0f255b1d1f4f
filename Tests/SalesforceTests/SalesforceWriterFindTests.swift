import Consent
import Delivery
import JSON
import Salesforce
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct SalesforceWriterFindTests {
    @Test func aThousandPeopleAreFoundInOneCallAndThenRemembered() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 1_000, "Lead")
            let people = (1...1_000).map { number in
                "Person" + String(repeating: "0", count: 6 - String(number).count) + "\(number)@example.com"
            }
            let report = await fixture.writer.find(people, for: fixture.configuration)
            #expect(report.failure == nil)
            #expect(report.calls == 3)
            #expect(report.outcomes == ids.map { .found([FoundRecord(id: $0)]) })
            #expect(report.usage != nil)
            #expect(fixture.calls(.composite) == 1)
            #expect(fixture.calls(.describe) == 1)
            let again = await fixture.writer.find(people, for: fixture.configuration)
            #expect(again.calls == 0)
            #expect(again.outcomes == report.outcomes)
            #expect(fixture.simulator.statistics.personalDataInURL == 0)
        }
    }

    @Test func awkwardPeopleAreFoundAndNobodyElse() async throws {
        let people = [
            "camille.o'neil+vip@example.fr", #"back\slash@example.com"#, "zoë@example.com", "100%_@example.com",
            "x' OR Email != '", "\"quoted\"@example.com",
        ]
        try await Fixture.run { fixture in
            fixture.configuration.matchField = "External_Id__c"
            let ids = try fixture.simulator.seed(
                "Lead",
                people.map { ["LastName": "L", "Company": "C", "External_Id__c": .string($0)] }
            )
            try fixture.simulator.seed(people: 5, "Lead")
            let report = await fixture.writer.find(people + ["nobody"], for: fixture.configuration)
            #expect(report.outcomes == ids.map { .found([FoundRecord(id: $0)]) } + [.notFound])
        }
    }

    @Test func allRecordsOfAPersonComeBackAndConvertedOnesDoNot() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(
                "Lead",
                [
                    ["LastName": "A", "Company": "C", "Email": "twice@example.com"],
                    ["LastName": "B", "Company": "C", "Email": "Twice@example.com"],
                    ["LastName": "C", "Company": "C", "Email": "gone@example.com", "IsConverted": true],
                ]
            )
            let people = ["twice@example.com", "gone@example.com", ids[0]]
            let report = await fixture.writer.find(people, for: fixture.configuration)
            #expect(
                report.outcomes == [
                    .found([FoundRecord(id: ids[0]), FoundRecord(id: ids[1])]), .converted,
                    .found([FoundRecord(id: ids[0])]),
                ]
            )
        }
    }

    @Test func contactsNameTheirAccount() async throws {
        try await Fixture.run { fixture in
            fixture.configuration.recordKind = .contact
            try fixture.simulator.seed(people: 2, "Contact")
            let report = await fixture.writer.find(["person000001@example.com"], for: fixture.configuration)
            guard case .found(let records) = report.outcomes.first else {
                Issue.record("not found: \(report)")
                return
            }
            #expect(records.first?.parentID?.hasPrefix("001") == true)
        }
    }

    @Test func furtherPagesAreFollowed() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.settings.queryPageRows = 3 }
            let ids = try fixture.simulator.seed(
                "Lead",
                (0..<10).map { ["LastName": .string("L\($0)"), "Company": "C", "Email": "many@example.com"] }
            )
            let report = await fixture.writer.find(["many@example.com"], for: fixture.configuration)
            #expect(report.outcomes == [.found(ids.map { FoundRecord(id: $0) })])
        }
    }

    @Test(arguments: [1, 3, 10])
    func nobodyIsMissingWhereAnAnswerCountsMoreRowsThanItBrings(rows: Int) async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.settings.queryPageRows = 3 }
            let ids = try fixture.simulator.seed(
                "Lead",
                (0..<rows).map { ["LastName": .string("L\($0)"), "Company": "C", "Email": "many@example.com"] }
            )
            fixture.simulator.add(Fault(.fewerRows))
            let people = ["many@example.com", "nobody@example.com"]
            let report = await fixture.writer.find(people, for: fixture.configuration)
            #expect(report.outcomes.map { $0.failure?.kind } == [.transient, .transient], "\(report)")
            #expect(report.outcomes.map { $0.failure?.reason } == ["UNREADABLE_ANSWER", "UNREADABLE_ANSWER"])
            fixture.simulator.setFaults([])
            let again = await fixture.writer.find(people, for: fixture.configuration)
            #expect(again.outcomes == [.found(ids.map { FoundRecord(id: $0) }), .notFound])
        }
    }

    @Test func aCursorThatTheOrgLostSaysNothingOfThePerson() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.settings.queryPageRows = 3 }
            let ids = try fixture.simulator.seed(
                "Lead",
                (0..<10).map { ["LastName": .string("L\($0)"), "Company": "C", "Email": "many@example.com"] }
            )
            fixture.simulator.add(
                Fault(
                    .status(Fault.Answer(400, .json, code: "INVALID_QUERY_LOCATOR", message: "invalid query locator")),
                    match: Fault.Match(kind: .query),
                    times: 1,
                    skip: 1
                )
            )
            let report = await fixture.writer.find(["many@example.com"], for: fixture.configuration)
            #expect(report.outcomes.map { $0.failure?.kind } == [.transient], "\(report)")
            #expect(report.outcomes.first?.failure?.reason == "INVALID_QUERY_LOCATOR")
            let again = await fixture.writer.find(["many@example.com"], for: fixture.configuration)
            #expect(again.outcomes == [.found(ids.map { FoundRecord(id: $0) })])
        }
    }

    @Test(arguments: [413, 414, 431])
    func aSizeThatAGatewayRefusesHalvesALookupAndPasses(status: Int) async throws {
        try await Fixture.run { fixture in
            try fixture.simulator.seed(people: 2, "Lead")
            fixture.simulator.add(Fault(.partStatus(Fault.Answer(status, .text, message: "too large"))))
            let people = ["person000001@example.com", "person000002@example.com"]
            let report = await fixture.writer.find(people, for: fixture.configuration)
            #expect(report.outcomes.map { $0.failure?.kind } == [.transient, .transient], "\(report)")
            #expect(fixture.calls(.composite) == 2)
        }
    }

    @Test func aHiddenMatchFieldNeedsAnAdministrator() async throws {
        try await Fixture.run { fixture in
            fixture.configuration.matchField = "Missing__c"
            let report = await fixture.writer.find(["a@example.com"], for: fixture.configuration)
            let failure = try #require(report.failure)
            #expect(failure.kind == .configuration)
            #expect(failure.reason == "INVALID_FIELD")
            #expect(failure.attempt.message?.contains("Missing__c") == true)
            fixture.configuration.matchField = "Email) OR (Id"
            let injected = await fixture.writer.find(["a@example.com"], for: fixture.configuration)
            #expect(injected.failure?.reason == "INVALID_MATCH_FIELD")
            #expect(injected.calls == 0)
        }
    }

    @Test func aHiddenMatchFieldFailsTheCallThoughSomeAreRememberedOrNeverAskedFor() async throws {
        try await Fixture.run { fixture in
            try fixture.simulator.seed(people: 2, "Lead")
            let people = ["person000001@example.com", "person000002@example.com"]
            _ = await fixture.writer.find([people[0]], for: fixture.configuration)
            fixture.simulator.withOrg { $0.schema["Lead"]?.change("Email") { $0.isVisible = false } }
            let report = await fixture.writer.find(people + [" "], for: fixture.configuration)
            #expect(report.failure?.kind == .configuration)
            #expect(report.failure?.reason == "INVALID_FIELD")
            #expect(report.outcomes.isEmpty)
        }
    }

    @Test func withoutDescribeRightsValuesGoOutAsTheyAre() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 1, "Lead")
            fixture.simulator.add(
                Fault(
                    .status(Fault.Answer(403, .json, code: "INSUFFICIENT_ACCESS")),
                    match: Fault.Match(kind: .describe)
                )
            )
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(report.outcomes.first?.recordID == ids[0])
            _ = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(fixture.calls(.describe) == 1)
            #expect(fixture.simulator.record("Lead", id: ids[0])?["Newsletter__c"] == true)
        }
    }

    @Test func aDescriptionIsFetchedAgainADayLater() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 1, "Lead")
            for hours in [0, 23, 2, 1] {
                fixture.clock.advance(by: .seconds(hours * 3_600))
                _ = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            }
            #expect(fixture.calls(.describe) == 2)
        }
    }

    @Test func aDescriptionIsFetchedAgainAfterAChangeOfTheConfiguration() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.schema["Lead"]?.change("Newsletter__c") { $0.isUpdateable = false } }
            #expect(await fixture.writer.probe(fixture.configuration).failure?.reason == "FIELD_NOT_UPDATABLE")
            fixture.simulator.withOrg { $0.schema["Lead"]?.change("Newsletter__c") { $0.isUpdateable = true } }
            fixture.clock.advance(by: .seconds(5))
            fixture.configuration.updatedAt = fixture.clock.now
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
            #expect(fixture.calls(.describe) == 2)
        }
    }

    @Test func aDescriptionWithoutFieldsIsNoneAndAskedForAgain() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 1, "Lead")
            let answer = Fault.Answer(200, .jsonObject)
            fixture.simulator.add(Fault(.status(answer), match: Fault.Match(kind: .describe), times: 1))
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(report.failure?.kind == .transient)
            #expect(report.failure?.mayHaveBeenWritten == false)
            let again = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(again.outcomes.first?.recordID == ids[0])
        }
    }
}

extension FindOutcome {
    fileprivate var failure: Failure? {
        if case .failed(let failure) = self { failure } else { nil }
    }
}
