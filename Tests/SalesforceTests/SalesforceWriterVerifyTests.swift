import Consent
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

    @Test func anUnknownVersionIsNamed() async throws {
        try await Fixture.run { fixture in
            fixture.configuration.apiVersion = "v1.0"
            let checks = await fixture.writer.verify(fixture.configuration)
            #expect(checks.last?.check == "api_version")
            #expect(checks.last?.status == .fail)
        }
    }
}
