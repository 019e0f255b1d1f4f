import Consent
import Delivery
import JSON
import Salesforce
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct BulkTests {
    // MARK: Lines

    @Test func everyTextSurvivesItsCell() {
        let cells = ["", "a", "a,b", "say \"x\"", "two\nlines", "\r\n", "é𝄞", " blank ", "\"", ",", "#N/A"]
        var bytes: [UInt8] = []
        CSVTable.append(cells, to: &bytes)
        CSVTable.append(["next"], to: &bytes)
        #expect(CSVTable.lines(bytes) == [cells, ["next"]])
    }

    @Test func linesMayEndInCRLFAndCellsBeUnquoted() {
        #expect(CSVTable.lines(Array("a,\"b\"\r\nc,\r\n".utf8)) == [["a", "b"], ["c", ""]])
        #expect(CSVTable.lines(Array("a,b\nc,d".utf8)) == [["a", "b"], ["c", "d"]])
        #expect(CSVTable.lines([]) == [])
    }

    @Test func wherePartOfAListIsMissingNoOtherRecordHasAResult() {
        var text: [UInt8] = []
        for line in [["sf__Id", "sf__Created", "Id"], ["00Q1", "false", "00Q1"], ["00Q2", "false", "00Q2"]] {
            CSVTable.append(line, to: &text)
        }
        for length in 0..<text.count {
            var results = BulkResults()
            guard results.add(Array(text.prefix(length))) else { continue }
            #expect(results["00Q"] == nil, "\(length)")
            #expect(results["00Q2"] == nil || length >= text.count - 1, "\(length)")
        }
    }

    @Test func nullAndEmptyTextClearAndWhatIsNotNamedIsLeftAlone() {
        var upload = BulkUpload()
        let first = upload.add(
            id: "00Q1",
            [
                FieldEntry(field: "A__c", value: .null), FieldEntry(field: "B__c", value: .bool(true)),
                FieldEntry(field: "b__C", value: .bool(false)),
            ]
        )
        let second = upload.add(
            id: "00Q2",
            [FieldEntry(field: "C__c", value: .string("")), FieldEntry(field: "D__c", value: .number("1.5"))]
        )
        // It would clear the field.
        let third = upload.add(id: "00Q3", [FieldEntry(field: "A__c", value: .string("#N/A"))])
        #expect((first, second, third) == (true, true, false))
        #expect(
            CSVTable.lines(upload.csv()) == [
                ["Id", "A__c", "B__c", "C__c", "D__c"], ["00Q1", "#N/A", "false", "", ""],
                ["00Q2", "", "", "#N/A", "1.5"],
            ]
        )
    }

    @Test func resultsAreReadByTheUploadedIDWhateverItsForm() {
        var results = BulkResults()
        let id = "00Q5g0000012345EAA"
        let isList1 = results.add(Array("sf__Id,sf__Created,Id\n\(id),false,00Q5g0000012345\n".utf8))
        #expect(isList1)
        let isList2 = results.add(Array("sf__Id,sf__Error,Id\n,STRING_TOO_LONG:Note: too: long:Note__c --,00Q2\n".utf8))
        #expect(isList2)
        #expect(results[id] == .success)
        #expect(
            results["00Q2"]
                == .failure(SalesforceError(code: "STRING_TOO_LONG", message: "Note: too: long", fields: ["Note__c"]))
        )
        #expect(results["00Q9"] == nil)
    }

    @Test func recordsThatBeginAlikeHaveTheirOwnResults() {
        var results = BulkResults()
        let (good, bad) = ("00Q000000000000001", "00Q000000000000002")
        let isList1 = results.add(Array("sf__Id,sf__Created,Id\n\(good),false,\(good)\n".utf8))
        let isList2 = results.add(Array("sf__Id,sf__Error,Id\n\(bad),CODE:text:--,\(bad)\n".utf8))
        #expect(isList1 && isList2)
        #expect(results[good] == .success)
        #expect(results[bad] == .failure(SalesforceError(code: "CODE", message: "text")))
    }

    @Test(arguments: ["<html></html>", "[]", "a,b\nc,d\n", "sf__Id\n00Q1\n", "\"sf__Id\",\"sf__Cre"])
    func whatIsNoListIsNotTakenForOne(text: String) {
        var results = BulkResults()
        let isList3 = results.add(Array(text.utf8))
        #expect(!isList3)
    }

    @Test func aLineOfAnotherLengthOrForAnotherRecordIsNoResult() {
        var results = BulkResults()
        let isList4 = results.add(Array("sf__Id,sf__Created,Id\n00Q1,false\n00Q2,false,00Q3\n".utf8))
        #expect(isList4)
        #expect(results["00Q1"] == nil)
        #expect(results["00Q3"] == nil)
    }

    @Test func anErrorWithoutACodeKeepsItsText() {
        var results = BulkResults()
        let isList5 = results.add(Array("sf__Id,sf__Error,Id\n,something broke,00Q1\n,CODE:text:--,00Q2\n".utf8))
        #expect(isList5)
        #expect(results["00Q1"] == .failure(SalesforceError(code: nil, message: "something broke")))
        #expect(results["00Q2"] == .failure(SalesforceError(code: "CODE", message: "text")))
    }

    // MARK: Jobs

    @Test func aJobWritesItsRecordsAndSaysWhatBecameOfEach() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 5, "Lead")
            fixture.simulator.add(Fault(.lock(subjects: [ids[1]], first: 0), match: .init(kind: .bulk)))
            let choices: [Choice] = [.granted, .granted, .text("say \"yes\", or\nno"), .cleared, .granted]
            let writes = zip(ids, choices).map { id, choice in
                let field = if case .granted = choice { "Newsletter__c" } else { "Consent_Note__c" }
                return RecordUpdate(recordID: id, fields: [Fixture.choice(field, choice)])
            }
            let job = try #require(await fixture.writer.openJob(for: fixture.configuration).outcomes.first)
            #expect(await fixture.check(job, ids) == .open)
            #expect(await fixture.writer.upload(writes, to: job, for: fixture.configuration).failure == nil)
            #expect(await fixture.check(job, ids) == .running)
            guard case .over(let outcomes) = await fixture.check(job, ids) else {
                Issue.record("not over")
                return
            }
            #expect(outcomes[0]?.recordID == ids[0])
            #expect(outcomes[1]?.failure?.kind == .transient)
            #expect(outcomes[1]?.failure?.reason == "UNABLE_TO_LOCK_ROW")
            #expect(outcomes[2]?.recordID == ids[2])
            let notes = ids.map { fixture.simulator.record("Lead", id: $0)?["Consent_Note__c"] }
            #expect(notes[2] == "say \"yes\", or\nno")
            #expect(notes[3] == .null || notes[3] == nil)
            #expect(fixture.simulator.record("Lead", id: ids[0])?["Newsletter__c"] == true)
            #expect(fixture.simulator.statistics.autoAssignTrue == 0)
        }
    }

    @Test(arguments: Fault.BulkTrouble.allCases)
    func recordsOfAJobInTroubleHaveNoResult(trouble: Fault.BulkTrouble) async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 4, "Lead")
            fixture.simulator.add(Fault(.bulkJob(trouble)))
            let job = try #require(await fixture.writer.openJob(for: fixture.configuration).outcomes.first)
            _ = await fixture.writer.upload(Fixture.grants(ids), to: job, for: fixture.configuration)
            for _ in 0..<3 { _ = await fixture.check(job, ids) }
            let progress = await fixture.check(job, ids)
            switch trouble {
            case .waits: #expect(progress == .running)
            case .fails: #expect(progress == .over([nil, nil, nil, nil]))
            case .aborted:
                guard case .over(let outcomes) = progress else {
                    Issue.record("not over")
                    return
                }
                #expect(outcomes.map { $0?.recordID } == [ids[0], ids[1], nil, nil])
            }
        }
    }

    @Test func anAbortedJobAndAForgottenOneAreOver() async throws {
        try await Fixture.run { fixture in
            let ids = try fixture.simulator.seed(people: 1, "Lead")
            let job = try #require(await fixture.writer.openJob(for: fixture.configuration).outcomes.first)
            #expect(await fixture.writer.abort(job, for: fixture.configuration).failure == nil)
            #expect(await fixture.check(job, ids) == .over([nil]))
            #expect(await fixture.check("7505g0000000000AAA", ids) == .gone)
        }
    }

    @Test func anAnswerThatSaysNothingOfTheJobIsTriedAgain() async throws {
        try await Fixture.run { fixture in
            let job = try #require(await fixture.writer.openJob(for: fixture.configuration).outcomes.first)
            for body in [Fault.Body.html, .empty, .truncated, .text, .json] {
                fixture.simulator.add(Fault(.status(Fault.Answer(200, body)), match: .init(kind: .bulk), times: 1))
                let report = await fixture.writer.check(job, of: [], for: fixture.configuration)
                // A page with status 200 is what maintenance looks like.
                #expect(report.failure?.kind == (body == .html ? .orgPause : .transient), "\(body)")
            }
        }
    }
}

extension Fixture {
    fileprivate func check(_ job: String, _ ids: [String]) async -> JobProgress? {
        await writer.check(job, of: ids, for: configuration).outcomes.first
    }
}
