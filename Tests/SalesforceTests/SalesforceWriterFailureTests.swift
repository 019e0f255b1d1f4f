import Consent
import Delivery
import HTTPClient
import JSON
import Salesforce
import SalesforceSimulator
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct SalesforceWriterFailureTests {
    struct Trouble: CustomTestStringConvertible {
        var effect: Fault.Effect
        var kind: Failure.Kind
        var reason: String
        var mayHaveBeenWritten: Bool
        var testDescription: String { "\(reason) \(kind)" }
    }

    @Test(arguments: [
        Trouble(
            effect: .status(Fault.Answer(503, .json, code: "SERVER_UNAVAILABLE")),
            kind: .transient,
            reason: "SERVER_UNAVAILABLE",
            mayHaveBeenWritten: true
        ),
        Trouble(
            effect: .status(Fault.Answer(503, .html)),
            kind: .orgPause,
            reason: "MAINTENANCE",
            mayHaveBeenWritten: true
        ),
        Trouble(
            effect: .status(Fault.Answer(502, .text)),
            kind: .transient,
            reason: "HTTP_502",
            mayHaveBeenWritten: true
        ),
        Trouble(
            effect: .status(Fault.Answer(500, .empty)),
            kind: .transient,
            reason: "HTTP_500",
            mayHaveBeenWritten: true
        ),
        Trouble(
            effect: .status(Fault.Answer(200, .empty)),
            kind: .transient,
            reason: "EMPTY_ANSWER",
            mayHaveBeenWritten: true
        ),
        Trouble(
            effect: .status(Fault.Answer(200, .truncated)),
            kind: .transient,
            reason: "UNREADABLE_ANSWER",
            mayHaveBeenWritten: true
        ),
        Trouble(effect: .dailyLimit, kind: .orgPause, reason: "REQUEST_LIMIT_EXCEEDED", mayHaveBeenWritten: false),
        Trouble(
            effect: .concurrentLimit,
            kind: .transient,
            reason: "REQUEST_LIMIT_EXCEEDED",
            mayHaveBeenWritten: false
        ),
        Trouble(effect: .resetBefore, kind: .transient, reason: "CONNECTION_RESET", mayHaveBeenWritten: true),
        Trouble(
            effect: .status(Fault.Answer(403, .json, code: "API_DISABLED_FOR_ORG")),
            kind: .configuration,
            reason: "API_DISABLED_FOR_ORG",
            mayHaveBeenWritten: false
        ),
        Trouble(
            effect: .status(Fault.Answer(400, .json, code: "BRAND_NEW_CODE")),
            kind: .batch,
            reason: "BRAND_NEW_CODE",
            mayHaveBeenWritten: false
        ),
    ])
    func aCallThatFailsAsAWholeSaysHow(trouble: Trouble) async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 2, "Lead")
            fixture.simulator.add(Fault(trouble.effect, match: Fault.Match(kind: .collectionsUpdate)))
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            let failure = try #require(report.failure)
            #expect(failure.kind == trouble.kind)
            #expect(failure.reason == trouble.reason)
            #expect(failure.mayHaveBeenWritten == trouble.mayHaveBeenWritten)
            #expect(report.outcomes.isEmpty)
        }
    }

    struct Size: CustomTestStringConvertible {
        var status: Int
        var body: Fault.Body
        var alone: Failure.Kind
        var testDescription: String { "\(status) \(body.rawValue)" }
    }

    @Test(arguments: [
        Size(status: 413, body: .text, alone: .transient), Size(status: 413, body: .empty, alone: .transient),
        Size(status: 413, body: .truncated, alone: .transient), Size(status: 414, body: .text, alone: .transient),
        Size(status: 431, body: .notUTF8, alone: .transient), Size(status: 413, body: .json, alone: .record),
    ])
    func aSizeThatIsRefusedHalvesABatchAndFailsALoneRecordOnlyInSalesforceWords(size: Size) async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 2, "Lead")
            let answer = Fault.Answer(size.status, size.body, code: "BRAND_NEW_CODE", message: "request is too large")
            fixture.simulator.add(Fault(.status(answer), match: Fault.Match(kind: .collectionsUpdate)))
            let both = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(both.failure?.kind == .batch)
            let one = await fixture.writer.update(Fixture.grants([ids[0]]), for: fixture.configuration)
            // A refusal is the call's own, so that those of a whole batch add up; a wait is the record's alone.
            let expected: [Failure.Kind?] = size.alone == .record ? [] : [size.alone]
            #expect(one.outcomes.map { $0.failure?.kind } == expected, "\(one)")
            #expect(one.failure?.kind == (size.alone == .record ? .record : nil))
        }
    }

    @Test func retryAfterIsPassedOn() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 1, "Lead")
            let answer = Fault.Answer(429, .empty, headers: [("Retry-After", "17")])
            fixture.simulator.add(Fault(.status(answer), match: Fault.Match(kind: .collectionsUpdate)))
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(report.failure?.retryAfter == .seconds(17))
            #expect(report.failure?.kind == .transient)
        }
    }

    @Test func aGatewayThatTakesNoCompressedBodiesGetsPlainOnes() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 200, "Lead")
            fixture.simulator.add(
                Fault(.status(Fault.Answer(415, .empty)), match: Fault.Match(kind: .collectionsUpdate), times: 1)
            )
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(report.outcomes.allSatisfy { $0.recordID != nil })
            #expect(report.calls == 4)
        }
    }

    @Test func simultaneousRefusalsOfATokenLeadToOneLogin() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 40, "Lead")
            _ = await fixture.writer.update(Fixture.grants([ids[0]]), for: fixture.configuration)
            #expect(fixture.simulator.statistics.logins == 1)
            // Slow enough for all of them to be out with the old token.
            fixture.simulator.withOrg { $0.settings.latencyMilliseconds = 200 }
            fixture.simulator.add(Fault(.expireTokens, times: 1))
            let (writer, configuration) = (fixture.writer, fixture.configuration)
            await withTaskGroup(of: CallReport<WriteOutcome>.self) { group in
                // All but the one that has what it would get.
                for id in ids.dropFirst() {
                    group.addTask { await writer.update(Fixture.grants([id]), for: configuration) }
                }
                for await report in group { #expect(report.outcomes.first?.recordID != nil, "\(report)") }
            }
            #expect(fixture.simulator.statistics.logins == 2)
        }
    }

    @Test func aFirstBurstLogsInAndDescribesOnce() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 60, "Lead")
            let (writer, configuration) = (fixture.writer, fixture.configuration)
            await withTaskGroup(of: CallReport<WriteOutcome>.self) { group in
                for id in ids { group.addTask { await writer.update(Fixture.grants([id]), for: configuration) } }
                for await report in group { #expect(report.outcomes.first?.recordID != nil, "\(report)") }
            }
            #expect(fixture.simulator.statistics.logins == 1)
            #expect(fixture.calls(.describe) == 1)
        }
    }

    @Test(arguments: [
        ("Session expired or invalid", 2, "INVALID_SESSION_ID"),
        ("This session is not valid for use with the REST API", 1, "INVALID_SESSION_ID"),
        ("Connected app is not attached to Agent", 1, "INVALID_SESSION_ID"),
    ])
    func aSessionThatIsNeverTakenNeedsAnAdministrator(message: String, logins: Int, reason: String) async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 1, "Lead")
            let answer = Fault.Answer(401, .jsonObject, code: "INVALID_SESSION_ID", message: message)
            fixture.simulator.add(Fault(.status(answer), match: Fault.Match(kind: .collectionsUpdate)))
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(report.failure?.kind == .configuration)
            #expect(report.failure?.reason == reason)
            #expect(fixture.simulator.statistics.logins == logins)
            #expect(fixture.calls(.collectionsUpdate) == logins)
        }
    }

    @Test func wrongCredentialsTellAnAdministratorWhatToDoAndNotTheSecret() async throws {
        try await Fixture.run { fixture in
            fixture.configuration.clientSecret = Secret("wrong-secret")
            let report = await fixture.writer.probe(fixture.configuration)
            let failure = try #require(report.failure)
            #expect(failure.kind == .configuration)
            #expect(failure.reason == "INVALID_CLIENT")
            #expect(failure.attempt.errorCode == "invalid_client")
            #expect(failure.attempt.message?.contains("client_secret") == true)
            #expect(failure.attempt.message?.contains("wrong-secret") == false)
            // The right secret is picked up at once.
            fixture.configuration.clientSecret = Secret("simulator-secret")
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
        }
    }

    @Test func theLoginRatePausesTheOrg() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.add(Fault(.refuseLogin(error: "invalid_grant", description: "login rate exceeded")))
            let report = await fixture.writer.probe(fixture.configuration)
            #expect(report.failure?.kind == .orgPause)
            // Those right behind it do not ask again.
            #expect(await fixture.writer.probe(fixture.configuration).calls == 0)
            fixture.clock.advance(by: .seconds(2))
            #expect(await fixture.writer.probe(fixture.configuration).calls == 1)
        }
    }

    @Test func aClosedPortIsPassingAndSaysWhereToLook() async throws {
        let port = try RefusingPort()
        let http = try HTTPClient()
        let writer = SalesforceWriter(http: http, allowInsecure: true) { Timestamp(milliseconds: 0) }
        let report = await writer.probe(Fixture.configuration(origin: "http://127.0.0.1:\(port.number)"))
        await http.shutdown()
        #expect(report.failure?.kind == .transient)
        #expect(report.failure?.reason == "CONNECTION_REFUSED")
        #expect(report.failure?.mayHaveBeenWritten == false)
        #expect(report.failure?.attempt.message?.contains("authentication.url") == true)
    }

    @Test func aForeignInstanceGetsNoData() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.settings.instanceURL = "https://example.com" }
            let writer = SalesforceWriter(http: fixture.http) { Timestamp(milliseconds: 0) }
            let report = await writer.probe(fixture.configuration)
            #expect(report.failure?.kind == .configuration)
            #expect(report.failure?.reason == "FORBIDDEN_INSTANCE_URL")
        }
    }

    @Test func aProbeFindsFieldsThatCannotBeWritten() async throws {
        try await Fixture.run { fixture in
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
            fixture.configuration.mappings = [Mapping(field: "IsDeleted", value: "x")]
            #expect(await fixture.writer.probe(fixture.configuration).failure?.reason == "FIELD_NOT_UPDATABLE")
            fixture.configuration.mappings = [Mapping(field: "Missing__c", value: "x")]
            #expect(await fixture.writer.probe(fixture.configuration).failure?.reason == "INVALID_FIELD")
        }
    }

    @Test func everyProbeSeesWhetherTheRightsHaveCome() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.schema["Lead"]?.change("Newsletter__c") { $0.isUpdateable = false } }
            for minutes in [0, 1, 2] {
                fixture.clock.advance(by: .seconds(minutes * 60))
                #expect(await fixture.writer.probe(fixture.configuration).failure?.reason == "FIELD_NOT_UPDATABLE")
            }
            fixture.simulator.withOrg { $0.schema["Lead"]?.change("Newsletter__c") { $0.isUpdateable = true } }
            fixture.clock.advance(by: .seconds(240))
            #expect(await fixture.writer.probe(fixture.configuration).failure == nil)
            #expect(fixture.calls(.describe) == 4)
        }
    }
}
