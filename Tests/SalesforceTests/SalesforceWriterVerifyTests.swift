import Consent
import JSON
import Salesforce
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct SalesforceWriterVerifyTests {
    @Test func aGoodConfigurationPasses() async throws {
        try await Fixture.run { fixture in
            let checks = await fixture.writer.verify(fixture.configuration)
            #expect(checks.allSatisfy { $0.status == .pass }, "\(checks)")
            let names = ["login", "api_version", "object", "match_field", "field", "assignment_rules", "quota"]
            #expect(checks.map(\.check) == names)
        }
    }

    @Test func aRefusedLoginIsAllThereIsToSay() async throws {
        try await Fixture.run { fixture in
            fixture.configuration.clientSecret = Secret("wrong")
            let checks = await fixture.writer.verify(fixture.configuration)
            #expect(checks.map(\.check) == ["login"])
            #expect(checks.first?.status == .fail)
            #expect(checks.first?.message.contains("client_secret") == true)
        }
    }

    @Test func aHiddenFieldIsSeenAsSoonAsItIsShown() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.schema["Lead"]?.change("Newsletter__c") { $0.isVisible = false } }
            let hidden = await fixture.writer.verify(fixture.configuration)
            #expect(hidden.contains { $0.check == "field" && $0.status == .fail })
            fixture.simulator.withOrg { $0.schema["Lead"]?.change("Newsletter__c") { $0.isVisible = true } }
            let shown = await fixture.writer.verify(fixture.configuration)
            #expect(shown.allSatisfy { $0.status == .pass }, "\(shown)")
        }
    }

    @Test func anActiveAssignmentRuleIsAHazardOnlyForNewRecords() async throws {
        try await Fixture.run { fixture in
            let rule: JSONValue = ["Name": "By region", "SobjectType": "Lead", "Active": true]
            try fixture.simulator.withOrg { org in
                _ = try org.seed("AssignmentRule", rule, at: OrgTime(milliseconds: 0))
            }
            var checks = await fixture.writer.verify(fixture.configuration)
            #expect(checks.first { $0.check == "assignment_rules" }?.status == .pass)
            fixture.configuration.upsertMode = true
            checks = await fixture.writer.verify(fixture.configuration)
            let check = try #require(checks.first { $0.check == "assignment_rules" })
            #expect(check.status == .warn)
            #expect(check.message.contains("OwnerId"))
        }
    }

    @Test func theQuotaThatIsLeftIsTold() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.settings.dailyCallsMax = 10 }
            let checks = await fixture.writer.verify(fixture.configuration)
            let quota = try #require(checks.last)
            #expect(quota.check == "quota")
            #expect(quota.message.contains("of 10 API calls"))
        }
    }

    @Test func anOrgWithoutAListOfVersionsIsNotRefused() async throws {
        try await Fixture.run { fixture in
            let answer = Fault.Answer(404, .json, code: "NOT_FOUND", message: "no such resource")
            fixture.simulator.add(Fault(.status(answer), match: Fault.Match(kind: .versions)))
            let checks = await fixture.writer.verify(fixture.configuration)
            #expect(checks.prefix(2).map(\.status) == [.pass, .warn], "\(checks)")
            #expect(checks.allSatisfy { $0.status != .fail })
        }
    }

    @Test func anUnknownVersionIsNamed() async throws {
        try await Fixture.run { fixture in
            fixture.configuration.apiVersion = "v1.0"
            let checks = await fixture.writer.verify(fixture.configuration)
            #expect(checks.last?.check == "api_version")
            #expect(checks.last?.status == .fail)
        }
    }
}
