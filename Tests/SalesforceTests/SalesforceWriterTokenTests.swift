import Consent
import Delivery
import Salesforce
import SalesforceSimulator
import TestSupport
import Testing

/// A token that is of no use any more is not kept.
@Suite(.timeLimit(.minutes(1))) struct SalesforceWriterTokenTests {
    @Test(arguments: ["This session is not valid for use with the REST API", "Connected app is not attached to Agent"])
    func aUselessTokenIsNotUsedAgainOnceTheAppIsMended(message: String) async throws {
        try await Fixture.run { fixture in
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
            let answer = Fault.Answer(401, .jsonObject, code: "INVALID_SESSION_ID", message: message)
            fixture.simulator.add(Fault(.status(answer), match: Fault.Match(kind: .composite), times: 1))
            let report = await fixture.writer.probe(fixture.configuration)
            #expect(report.failure?.kind == .configuration)
            #expect(report.calls == 1)
            #expect(fixture.simulator.statistics.logins == 1)
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
            #expect(fixture.simulator.statistics.logins == 2)
        }
    }

    /// What a host says that the org is not at any more.
    @Test(arguments: [Fault.Answer(302, .empty), Fault.Answer(301, .text), Fault.Answer(404, .text)])
    func anInstanceThatIsElsewhereIsLookedForByALogin(answer: Fault.Answer) async throws {
        try await Fixture.run { fixture in
            let origin = fixture.configuration.origin
            fixture.simulator.withOrg {
                $0.settings.instanceURL = origin.replacing("127.0.0.1", with: "localhost")
            }
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
            fixture.simulator.add(Fault(.status(answer), match: Fault.Match(kind: .composite), times: 1))
            #expect(await fixture.writer.probe(fixture.configuration).failure != nil)
            #expect(fixture.simulator.statistics.logins == 1)
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
            #expect(fixture.simulator.statistics.logins == 2)
        }
    }

    @Test func whereTheLoginIsTheInstanceAnotherLoginWouldTellNothing() async throws {
        try await Fixture.run { fixture in
            let fault = Fault(.status(Fault.Answer(302, .empty)), match: Fault.Match(kind: .composite), times: 1)
            fixture.simulator.add(fault)
            for _ in 0..<2 { _ = await fixture.writer.probe(fixture.configuration) }
            #expect(fixture.simulator.statistics.logins == 1)
        }
    }

    @Test func anInstanceThatRefusesConnectionsIsLookedForByALogin() async throws {
        let port = try RefusingPort()
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.settings.instanceURL = "http://127.0.0.1:\(port.number)" }
            #expect(await fixture.writer.probe(fixture.configuration).failure?.reason == "CONNECTION_REFUSED")
            fixture.simulator.withOrg { $0.settings.instanceURL = nil }
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
            #expect(fixture.simulator.statistics.logins == 2)
        }
    }

    // MARK: Parts of a call

    private static let expired = Fault.Answer(401, .json, code: "INVALID_SESSION_ID", message: "Session expired")

    @Test func aPartThatRefusesTheTokenLeadsToOneLoginAndOneReplay() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 1, "Lead")
            fixture.simulator.add(Fault(.partStatus(Self.expired), times: 1))
            let report = await fixture.writer.find(["person000001@example.com"], for: fixture.configuration)
            #expect(report.outcomes == [.found([FoundRecord(id: ids[0])])])
            #expect(fixture.simulator.statistics.logins == 2)
            #expect(fixture.calls(.composite) == 2)
            fixture.simulator.add(Fault(.partStatus(Self.expired), times: 1))
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
            #expect(fixture.simulator.statistics.logins == 3)
        }
    }

    @Test func aPartThatRefusesEveryTokenNeedsAnAdministrator() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.add(Fault(.partStatus(Self.expired)))
            let report = await fixture.writer.find(["person000001@example.com"], for: fixture.configuration)
            #expect(report.failure?.kind == .configuration)
            #expect(fixture.simulator.statistics.logins == 2)
            #expect(fixture.calls(.composite) == 2)
        }
    }
}
