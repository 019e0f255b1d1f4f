import Consent
import Delivery
import JSON
import Salesforce
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct SalesforceWriterWriteTests {
    @Test func twoHundredRecordsAreOneCallEachWithItsOwnOutcome() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 200, "Lead")
            fixture.simulator.add(Fault(.lock(subjects: [ids[3]], first: 0)))
            fixture.simulator.add(
                Fault(
                    .recordError(
                        subject: ids[7],
                        code: "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                        message: "not for person000008@example.com",
                        fields: ["Newsletter__c"]
                    )
                )
            )
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(report.failure == nil)
            #expect(report.calls == 3)
            #expect(fixture.calls(.collectionsUpdate) == 1)
            #expect(fixture.simulator.statistics.autoAssignTrue == 0)
            for (index, outcome) in report.outcomes.enumerated() {
                switch index {
                case 3:
                    #expect(outcome.failure?.kind == .transient)
                    #expect(outcome.failure?.reason == "UNABLE_TO_LOCK_ROW")
                case 7:
                    #expect(outcome.failure?.kind == .record)
                    #expect(outcome.failure?.attempt.fields == ["Newsletter__c"])
                    #expect(outcome.failure?.attempt.message == "not for ***")
                default:
                    #expect(outcome.recordID == ids[index])
                    #expect(fixture.simulator.record("Lead", id: ids[index])?["Newsletter__c"] == true)
                }
            }
            guard case .written(_, let isCreated, let attempt) = report.outcomes[0] else { return }
            #expect(!isCreated)
            #expect(attempt.httpStatus == 200)
            #expect(attempt.requestID != nil)
        }
    }

    @Test(arguments: Fault.OddResults.allCases)
    func nothingIsWrittenThatItsOwnResultDoesNotSay(odd: Fault.OddResults) async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 3, "Lead")
            fixture.simulator.add(Fault(.results(odd), match: Fault.Match(kind: .collectionsUpdate)))
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            let written = report.outcomes.map { $0.recordID }
            let failures = report.outcomes.compactMap { $0.failure }
            switch odd {
            case .fewer:
                #expect(report.outcomes.isEmpty)
                #expect(report.failure?.reason == "RESULT_COUNT_MISMATCH" && report.failure?.kind == .transient)
            case .reversed:
                #expect(written == [nil, ids[1], nil])
                #expect(failures.map(\.reason) == ["RESULT_MISMATCH", "RESULT_MISMATCH"])
            case .silent:
                #expect(written == [nil, nil, nil])
                #expect(failures.map(\.reason) == Array(repeating: "UNREADABLE_RESULT", count: 3))
            }
            #expect(failures.allSatisfy { $0.kind == .transient && $0.mayHaveBeenWritten })
            // Nor is it remembered as written.
            fixture.simulator.setFaults([])
            let again = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(again.outcomes.map { $0.recordID } == ids.map { written.contains($0) ? nil : $0 })
            #expect(again.calls == 1)
        }
    }

    @Test func fieldsTakeTheirShapes() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 1, "Lead")
            let fields = [
                Fixture.choice("Topics__c", .list(["news", "events"])),
                Fixture.choice("Frequency__c", .text("weekly")),
                Fixture.choice("Consent_Note__c", .granted),
                Fixture.choice("Consent_Date__c", .text("2026-03-14T10:26:53.589+01:00")),
                Fixture.choice("Consent_Day__c", .text("2026-03-14T10:26:53.589+01:00")),
                FieldChoice(
                    mapping: Mapping(field: "HasOptedOutOfEmail", value: "x", isInverted: true),
                    choice: .denied
                ),
                Fixture.choice("Newsletter__c", .cleared),
            ]
            let write = RecordUpdate(recordID: ids[0], fields: fields)
            let report = await fixture.writer.update([write], for: fixture.configuration)
            #expect(report.outcomes.first?.recordID == ids[0], "\(report)")
            let record = try #require(fixture.simulator.record("Lead", id: ids[0]))
            #expect(record["Topics__c"] == "news;events")
            #expect(record["Frequency__c"] == "weekly")
            #expect(record["Consent_Note__c"] == "true")
            #expect(record["Consent_Day__c"] == "2026-03-14")
            #expect(record["Consent_Date__c"]?.stringValue?.hasPrefix("2026-03-14T09:26:53") == true)
            #expect(record["HasOptedOutOfEmail"] == true)
            #expect(record["Newsletter__c"] == false)
        }
    }

    @Test func aChoiceThatDoesNotFitFailsAloneAndIsNotSent() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 2, "Lead")
            let writes = [
                RecordUpdate(recordID: ids[0], fields: [Fixture.choice("Newsletter__c", .text("weekly"))]),
                RecordUpdate(recordID: ids[1], fields: [Fixture.choice("Newsletter__c", .granted)]),
            ]
            let report = await fixture.writer.update(writes, for: fixture.configuration)
            #expect(report.outcomes.map(\.failure?.reason) == ["VALUE_DOES_NOT_FIT", nil])
            #expect(fixture.simulator.statistics.batchSizes == [1: 1])
        }
    }

    @Test func aDeletedRecordIsForgottenAndLookedUpAgain() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 2, "Lead")
            let people = ["person000001@example.com", "person000002@example.com"]
            _ = await fixture.writer.find(people, for: fixture.configuration)
            fixture.simulator.withOrg { $0.remove("Lead", id: ids[0]) }
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(report.outcomes.map(\.failure?.kind) == [.repairable, nil])
            let again = await fixture.writer.find(people, for: fixture.configuration)
            #expect(again.outcomes == [.notFound, .found([FoundRecord(id: ids[1])])])
        }
    }

    @Test func anUnknownFieldHoldsTheWholeConfiguration() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 2, "Lead")
            let writes = ids.map { RecordUpdate(recordID: $0, fields: [Fixture.choice("Missing__c", .granted)]) }
            let report = await fixture.writer.update(writes, for: fixture.configuration)
            #expect(report.failure?.kind == .configuration)
            #expect(report.failure?.reason == "INVALID_FIELD")
            #expect(report.failure?.attempt.message?.contains("check the mapping's field name") == true)
        }
    }

    @Test func anUnknownFieldHoldsTheConfigurationThoughSomeWereNeverSent() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.settings.unknownFieldsFailItems = true }
            let ids = try fixture.simulator.seed(people: 3, "Lead")
            _ = await fixture.writer.update(Fixture.grants([ids[0]]), for: fixture.configuration)
            let misfit = RecordUpdate(recordID: ids[1], fields: [Fixture.choice("Newsletter__c", .text("maybe"))])
            let refused = RecordUpdate(recordID: ids[2], fields: [Fixture.choice("Missing__c", .granted)])
            let writes = Fixture.grants([ids[0]]) + [misfit, refused]
            let report = await fixture.writer.update(writes, for: fixture.configuration)
            #expect(report.failure?.kind == .configuration)
            #expect(report.failure?.reason == "INVALID_FIELD")
            // Where one that was sent is written, the field is not to blame.
            let mixed = await fixture.writer.update(Fixture.grants([ids[1]]) + [refused], for: fixture.configuration)
            #expect(mixed.failure == nil)
            #expect(mixed.outcomes.map(\.recordID) == [ids[1], nil])
        }
    }

    @Test func aNewContactIsRememberedWithItsAccount() async throws {
        try await Fixture.run { fixture in
            try fixture.simulator.seed(people: 1, "Contact")
            let seeded = await fixture.writer.find(["person000001@example.com"], for: fixture.configuration.contacts)
            guard case .found(let known) = seeded.outcomes.first, let account = known.first?.parentID else {
                Issue.record("\(seeded)")
                return
            }
            var configuration = fixture.configuration.contacts
            configuration.createDefaults = ["accountid": .string(account)]
            let new = RecordCreation(organizationUserID: "new@example.com", fields: [])
            _ = await fixture.writer.create([new], for: configuration)
            let found = await fixture.writer.find(["new@example.com"], for: configuration)
            guard case .found(let records) = found.outcomes.first else {
                Issue.record("\(found)")
                return
            }
            #expect(found.calls == 0)
            #expect(records.map(\.parentID) == [account])
        }
    }

    @Test func aBatchErrorIsOneAndBecomesTheRecordsOwnWhenItIsAlone() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 4, "Lead")
            fixture.simulator.add(
                Fault(.batchError(subject: ids[1], code: "JSON_PARSER_ERROR", message: "Unexpected character"))
            )
            let report = await fixture.writer.update(Fixture.grants(ids), for: fixture.configuration)
            #expect(report.failure?.kind == .batch)
            #expect(report.outcomes.isEmpty)
            let alone = await fixture.writer.update(Fixture.grants([ids[1]]), for: fixture.configuration)
            #expect(alone.failure?.kind == .record && alone.outcomes.isEmpty)
        }
    }

    @Test func creationSetsDefaultsMatchFieldAndChoices() async throws {
        try await Fixture.run { fixture in
            fixture.configuration.createDefaults = ["Company": .string("Acme"), "Newsletter__c": .bool(false)]
            let person = "new.o'person@example.com"
            let write = RecordCreation(
                organizationUserID: person,
                fields: [Fixture.choice("Newsletter__c", .granted)]
            )
            let report = await fixture.writer.create([write], for: fixture.configuration)
            guard case .written(let id, let isCreated, _) = report.outcomes.first else {
                Issue.record("not created: \(report)")
                return
            }
            #expect(isCreated)
            let record = try #require(fixture.simulator.record("Lead", id: id))
            #expect(record["Company"] == "Acme")
            #expect(record["LastName"] == "[not provided]")
            #expect(record["Email"] == .string(person))
            #expect(record["Newsletter__c"] == true)
            let found = await fixture.writer.find([person], for: fixture.configuration)
            #expect(found.calls == 0)
            #expect(found.outcomes == [.found([FoundRecord(id: id)])])
        }
    }

    @Test func aDuplicateRuleThatAlertsIsOverruledOnlyWhereConfigured() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.withOrg { $0.settings.alertsDuplicates = true }
            try fixture.simulator.seed(
                "Lead",
                [["LastName": "Byron", "Company": "Engines", "Email": "ada@example.com", "IsConverted": true]]
            )
            let write = RecordCreation(
                organizationUserID: "ada@example.com",
                fields: [Fixture.choice("Newsletter__c", .granted)]
            )
            let refused = await fixture.writer.create([write], for: fixture.configuration)
            #expect(refused.outcomes.first?.failure?.kind == .record)
            #expect(refused.outcomes.first?.failure?.reason == "DUPLICATES_DETECTED")
            fixture.configuration.allowsDuplicates = true
            let saved = await fixture.writer.create([write], for: fixture.configuration)
            #expect(saved.outcomes.first?.recordID != nil, "\(saved)")
        }
    }

    @Test func aPersonWhomAnotherWriterCreatedIsLookedUpAgain() async throws {
        try await Fixture.run { fixture in
            fixture.configuration.matchField = "External_Id__c"
            try fixture.simulator.seed("Lead", [["LastName": "L", "Company": "C", "External_Id__c": "p1"]])
            let writes = ["p1", "p2"].map { RecordCreation(organizationUserID: $0, fields: []) }
            let report = await fixture.writer.create(writes, for: fixture.configuration)
            #expect(report.outcomes.map(\.failure?.kind) == [.repairable, nil])
        }
    }

    @Test func aLostAnswerToACreationIsUnknown() async throws {
        try await Fixture.run { fixture in
            fixture.simulator.add(Fault(.resetAfterCommit, match: Fault.Match(kind: .collectionsCreate)))
            let write = RecordCreation(organizationUserID: "lost@example.com", fields: [])
            let report = await fixture.writer.create([write], for: fixture.configuration)
            #expect(report.failure?.kind == .transient)
            #expect(report.failure?.mayHaveBeenWritten == true)
            // Nothing is remembered: the lookup really asks.
            let found = await fixture.writer.find(["lost@example.com"], for: fixture.configuration)
            guard case .found(let records) = found.outcomes.first else {
                Issue.record("not found: \(found)")
                return
            }
            #expect(records.count == 1)
        }
    }
}

extension Configuration {
    /// The same for Contacts.
    fileprivate var contacts: Configuration {
        var copy = self
        copy.recordKind = .contact
        return copy
    }
}
