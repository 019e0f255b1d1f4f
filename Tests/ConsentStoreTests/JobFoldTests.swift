import Consent
import Testing

@testable import ConsentStore

/// A job that an earlier process left behind keeps its people in flight until it is over.
@Suite struct JobFoldTests {
    private static func job(_ events: SequenceNumber...) -> BulkJob {
        BulkJob(
            id: "7505g0000000001AAA",
            configuration: ConfigurationID(ordinal: 1),
            origin: "https://acme.my.salesforce.com",
            rows: events.enumerated().map { slot, event in
                BulkJob.Row(
                    slot: UInt32(slot),
                    through: event,
                    records: [FoundRecord(id: "00Q\(slot)", parentID: slot == 0 ? "001" : nil)]
                )
            }
        )
    }

    @Test func bothRecordsAreReadAsTheyWereWritten() throws {
        let job = Self.job(SequenceNumber(2), SequenceNumber(3))
        for record in [Record.jobOpened(job, at: start), .jobEnded(job.id, of: job.configuration, at: start)] {
            var writer = ByteWriter()
            record.encode(to: &writer)
            #expect(try Record(kind: record.kind, body: writer.bytes) == record)
            for length in 0..<writer.bytes.count {
                #expect(throws: RecordError.self) {
                    try Record(kind: record.kind, body: Array(writer.bytes[..<length]))
                }
            }
        }
    }

    @Test func aJobStaysUntilItsEndAlsoThroughASnapshot() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let job = Self.job(event)
        try fold.apply(.jobOpened(job, at: fold.moment))
        #expect(try fold.state.throughSnapshot(limits: fold.state.limits).jobs == [job])
        try fold.apply(.jobEnded(job.id, of: job.configuration, at: fold.moment))
        #expect(fold.state.jobs == [])
        #expect(try fold.state.throughSnapshot(limits: fold.state.limits).jobs == [])
    }

    @Test func aJobOpenedWhileItsConfigurationWasDeletedIsNotKept() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let job = Self.job(event)
        try fold.apply(.configurationDeleted(job.configuration, at: fold.moment))
        try fold.apply(.jobOpened(job, at: fold.moment))
        #expect(fold.state.jobs == [])
        #expect(try fold.state.throughSnapshot(limits: fold.state.limits).jobs == [])
    }

    @Test func theNextProcessHasItsRowsInFlightAndCoversOnlyWhatWasInThem() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let job = Self.job(event)
        try fold.apply(.jobOpened(job, at: fold.moment))
        let newer = try fold.publish(.test("b", at: 2, ["calls": .denied]))
        fold.state.resumeJobs()
        #expect(try fold.delivery(event).state == .inFlight)
        #expect(try fold.delivery(newer).state == .pending)
        guard case .job(job, let writes) = fold.state.left(job: job.id, of: job.configuration) else {
            Issue.record("not told")
            return
        }
        #expect(writes.map(\.through) == [event])
        #expect(writes.map(\.organizationUserID) == ["ada"])
    }

    @Test func ofWhatIsInFlightOnlyADenialIsTold() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", at: 1, ["news": .granted]))
        fold.state.configurations[0].subjects[0].inFlight = [event]
        fold.state.effects = ConsentState.Effects()
        try fold.publish(.test("b", at: 2, ["calls": .granted]))
        #expect(fold.state.effects.outbox.isEmpty)
        try fold.publish(.test("c", at: 3, ["news": .denied]))
        #expect(!fold.state.effects.outbox.isEmpty)
        #expect(fold.outboxEntry()?.isWithdrawal == true)
    }

    @Test func aRowWhoseEventWasOvertakenIsInFlightAllTheSame() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let job = Self.job(event)
        try fold.apply(.jobOpened(job, at: fold.moment))
        try fold.publish(.test("b", at: 2, ["news": .denied]))
        #expect(try fold.delivery(event).state == .superseded)
        fold.state.resumeJobs()
        #expect(fold.state.configurations[0].subjects[0].inFlight == [event])
    }

    @Test func anErasedPersonLeavesTheJob() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", at: 1, ["news": .granted]))
        let other = try fold.publish(.test("b", at: 1, subject: "bob", ["news": .granted]))
        try fold.apply(.jobOpened(Self.job(event, other), at: fold.moment))
        try fold.erase("ada")
        #expect(fold.state.jobs.map { $0.rows.map(\.through) } == [[other]])
    }

    @Test func aDeletedConfigurationLeavesNoJob() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", at: 1, ["news": .granted]))
        try fold.apply(.jobOpened(Self.job(event), at: fold.moment))
        try fold.apply(.configurationDeleted(ConfigurationID(ordinal: 1), at: fold.moment))
        #expect(fold.state.jobs == [])
    }
}
