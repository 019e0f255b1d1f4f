import Consent
import Delivery
import JSON
import Salesforce
import SalesforceSimulator
import Testing

/// What Salesforce confirmed a moment ago is not written again, and nothing else is taken for confirmed.
@Suite(.timeLimit(.minutes(1))) struct ConfirmedValuesTests {
    private static func update(_ id: String, _ choice: Choice, isWithdrawal: Bool = false) -> [RecordUpdate] {
        [
            RecordUpdate(
                recordID: id,
                fields: [Fixture.choice("Newsletter__c", choice)],
                isWithdrawal: isWithdrawal
            )
        ]
    }

    /// How many calls this costs after a first write that granted.
    private func calls(
        _ choice: Choice = .granted,
        isWithdrawal: Bool = false,
        between: (inout Fixture, String) async throws -> Void = { _, _ in }
    ) async throws -> Int {
        var count = 0
        try await Fixture.run { fixture in
            let id = try #require(fixture.simulator.seed(people: 1, "Lead").first)
            _ = await fixture.writer.update(Self.update(id, .granted), for: fixture.configuration)
            try await between(&fixture, id)
            let before = fixture.calls(.collectionsUpdate)
            let update = Self.update(id, choice, isWithdrawal: isWithdrawal)
            let report = await fixture.writer.update(update, for: fixture.configuration)
            count = fixture.calls(.collectionsUpdate) - before
            #expect(report.failure == nil)
            if count == 0 {
                #expect(report.calls == 0)
                guard case .unchanged(id, let attempt) = report.outcomes[0] else {
                    Issue.record("\(report.outcomes)")
                    return
                }
                #expect(attempt.httpStatus == 200)
            }
        }
        return count
    }

    @Test func theSameAgainCostsNoCall() async throws {
        #expect(try await calls() == 0)
    }

    @Test func anotherValueIsWritten() async throws {
        #expect(try await calls(.denied) == 1)
    }

    @Test func aWithdrawalIsAlwaysWritten() async throws {
        #expect(try await calls(isWithdrawal: true) == 1)
    }

    @Test func anotherConfigurationOrAChangedOneHasNothingConfirmed() async throws {
        let other = try await calls { fixture, _ in fixture.configuration.id = ConfigurationID(ordinal: 2) }
        #expect(other == 1)
        let changed = try await calls { fixture, _ in fixture.configuration.updatedAt = fixture.clock.now }
        #expect(changed == 1)
    }

    @Test func aConfirmationDoesNotLast() async throws {
        #expect(try await calls { fixture, _ in fixture.clock.advance(by: .seconds(29)) } == 0)
        #expect(try await calls { fixture, _ in fixture.clock.advance(by: .seconds(30)) } == 1)
    }

    @Test func anAnswerThatWasLostConfirmsNothing() async throws {
        for effect in [Fault.Effect.resetAfterCommit, .resetBefore, .status(Fault.Answer(503, .html))] {
            let count = try await calls { fixture, id in
                fixture.simulator.add(Fault(effect, match: .init(kind: .collectionsUpdate), times: 1))
                let report = await fixture.writer.update(
                    Self.update(id, .granted, isWithdrawal: true),
                    for: fixture.configuration
                )
                #expect(report.failure != nil)
            }
            #expect(count == 1)
        }
    }

    @Test func aRefusedRecordIsWrittenAgain() async throws {
        let count = try await calls { fixture, id in
            fixture.simulator.add(Fault(.lock(subjects: [id], first: 0), times: 1))
            _ = await fixture.writer.update(Self.update(id, .denied), for: fixture.configuration)
        }
        #expect(count == 1)
    }

    @Test func whatAJobMayHaveWrittenIsWrittenAgain() async throws {
        let count = try await calls { fixture, id in
            let job = try #require(await fixture.writer.openJob(for: fixture.configuration).outcomes.first)
            _ = await fixture.writer.upload(Self.update(id, .denied), to: job, for: fixture.configuration)
        }
        #expect(count == 1)
    }

    @Test func onlyTheRestOfABatchIsSent() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 3, "Lead")
            _ = await fixture.writer.update(Self.update(ids[1], .granted), for: fixture.configuration)
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(fixture.simulator.statistics.recordsUpdated == 3)
            #expect(report.outcomes.map(\.recordID) == [ids[0], nil, ids[2]])
            guard case .unchanged(ids[1], _) = report.outcomes[1] else {
                Issue.record("\(report.outcomes)")
                return
            }
        }
    }

    @Test func memoryIsBounded() {
        var limits = SalesforceLimits()
        limits.confirmationsMax = 10
        var values = ConfirmedValues(limits: limits)
        let attempt = Attempt(at: Timestamp(milliseconds: 0), httpStatus: 200)
        let fields = [FieldEntry(field: "A__c", value: .bool(true))]
        let keys = (0..<100).map { ConfirmedValues.Key("00Q5g000000\(1_000 + $0)AAA", origin: "https://a") }
        let configuration = Fixture.configuration(origin: "https://a")
        func confirms(_ key: ConfirmedValues.Key, _ fields: [FieldEntry]) -> Bool {
            values.attempt(for: key, fields, of: configuration, at: attempt.at) != nil
        }
        for key in keys { values.insert(fields, for: key, of: configuration, by: attempt) }
        let known = keys.count { confirms($0, fields) }
        #expect((5...10).contains(known))
        let more = fields + [FieldEntry(field: "B__c", value: .null)]
        #expect(confirms(keys[99], fields) && !confirms(keys[99], more))
        let elsewhere = ConfirmedValues.Key("00Q5g0000001099AAA", origin: "https://b")
        #expect(!confirms(elsewhere, fields))
    }
}
