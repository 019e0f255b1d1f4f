import Consent
import Testing

@testable import ConsentStore

/// What is left of a person who was erased: nothing, and a hash against late events.
@Suite struct ErasureFoldTests {
    let hash = SubjectHash(plain: "ada")

    @Test func aPersonsEventsDeliveriesAndChoicesAreGone() throws {
        var fold = try Fold(.test(1), .test(2))
        let delivered = try fold.publish(.test("a", at: 1, ["news": .granted]))
        try fold.deliver(delivered, of: 1)
        let other = try fold.publish(.test("b", at: 1, subject: "bob", ["news": .granted]))
        let pending = try fold.publish(.test("c", at: 2, ["calls": .granted]))
        try fold.erase("ada")
        for event in [delivered, pending] { #expect(fold.state.deliveries(of: event) == nil) }
        #expect(fold.state.deliveries(of: "ada", configuration: nil).isEmpty)
        #expect(fold.state.explanation(of: "ada").isEmpty)
        #expect(fold.state.event(withID: "a") == nil)
        #expect(fold.state.deliveries(of: other)?.count == 2)
        #expect(fold.state.openCount == 2)
        #expect(fold.state.erasures[hash]?.deliveryCount == 4)
        #expect(fold.outboxEntry(1, slot: 0) == nil)
        #expect(fold.outboxEntry(1, slot: 1) != nil)
    }

    @Test func theSlotIsUsedAgainByTheNextPerson() throws {
        var fold = try Fold(.test())
        try fold.publish(.test("a", at: 1, ["news": .granted]))
        try fold.publish(.test("b", at: 1, subject: "bob", ["news": .granted]))
        try fold.erase("ada")
        let event = try fold.publish(.test("c", at: 9_000, subject: "cleo", ["news": .denied]))
        #expect(fold.write(1, slot: 0)?.organizationUserID == "cleo")
        #expect(fold.write(1, slot: 0)?.through == event)
        #expect(fold.state.configurations[0].subjects.count == 2)
    }

    @Test func onlyEventsOlderThanTheErasureAreRefused() throws {
        var fold = try Fold(.test())
        try fold.erase("ada")
        let erasedAt = try #require(fold.state.erasures[hash]).erasedAt
        let older = erasedAt - .milliseconds(1)
        #expect(fold.state.erasures.refuses(madeAt: older) { hash })
        #expect(!fold.state.erasures.refuses(madeAt: erasedAt) { hash })
        #expect(!fold.state.erasures.refuses(madeAt: nil) { hash })
        #expect(!fold.state.erasures.refuses(madeAt: older) { SubjectHash(plain: "bob") })
    }

    @Test func completionCoversWhatWasErasedBeforeIt() throws {
        var fold = try Fold(.test())
        let first = try fold.erase("ada")
        let second = try fold.erase("bob")
        try fold.apply(.erasuresCompleted(through: first, at: fold.moment))
        #expect(fold.state.erasures[hash]?.completedAt != nil)
        #expect(fold.state.erasures[SubjectHash(plain: "bob")]?.completedAt == nil)
        #expect(fold.state.erasures.pendingCount == 1)
        #expect(fold.state.erasures.newestPending == second)
    }

    @Test func erasuresAreBoundedByCountAndAge() throws {
        var limits = StoreLimits()
        limits.erasuresMax = 3
        var fold = try Fold(.test(), limits: limits)
        for person in 0..<10 {
            let event = try fold.erase("p\(person)")
            try fold.apply(.erasuresCompleted(through: event, at: fold.moment))
        }
        #expect(Array(fold.state.erasures.inOrder).count <= 4)
        #expect(fold.state.erasures[SubjectHash(plain: "p9")] != nil)
        // What is still on the disk is never forgotten.
        for person in 0..<10 { try fold.erase("q\(person)") }
        #expect(fold.state.erasures.pendingCount == 10)
        #expect((0..<10).allSatisfy { fold.state.erasures[SubjectHash(plain: "q\($0)")] != nil })
    }

    @Test func theRecordReadsBackAsItWasWritten() throws {
        let keys = [SubjectKey(configuration: ConfigurationID(ordinal: 3), slot: 70_000)]
        for record in [
            Record.subjectErased(ErasureRecord(subject: hash, keys: keys, at: start)),
            .erasuresCompleted(through: SequenceNumber(9), at: start),
        ] {
            var writer = ByteWriter()
            record.encode(to: &writer)
            #expect(try Record(kind: record.kind, body: writer.bytes) == record)
        }
    }

    // MARK: Explanation

    @Test func theExplanationNamesFieldValueEventAndRule() throws {
        var fold = try Fold(.test())
        let first = try fold.publish(.test("a", at: 1, ["news": .granted, "calls": .granted]))
        try fold.deliver(first)
        try fold.publish(.test("b", at: 1, ["news": .denied]))
        let explanation = try #require(fold.state.explanation(of: "ada").first)
        #expect(explanation.recordIDs == ["00Q1"])
        #expect(explanation.deliveries.count == 2)
        let news = try #require(explanation.fields.first { $0.entry.field == "News__c" })
        #expect(news.entry.value == .bool(false))
        #expect(news.eventID == "b")
        #expect(news.rule == .tieDenied)
        #expect(news.state == .pending)
        #expect(news.deliveredAt == nil)
        let calls = try #require(explanation.fields.first { $0.entry.field == "Calls__c" })
        #expect(calls.rule == .only)
        #expect(calls.state == .delivered)
        #expect(calls.deliveredAt != nil)
    }

    @Test func theExplanationOutlivesTheEventInMemory() throws {
        var limits = StoreLimits()
        limits.terminalEventsMax = 1
        var fold = try Fold(.test(), limits: limits)
        try fold.deliver(try fold.publish(.test("a", at: 1, ["news": .granted])))
        for number in 0..<3 {
            try fold.deliver(try fold.publish(.test("b\(number)", at: 1, subject: "bob", ["news": .granted])))
        }
        let explanation = try #require(fold.state.explanation(of: "ada").first)
        #expect(explanation.deliveries.isEmpty)
        #expect(explanation.fields.first?.state == .delivered)
        #expect(explanation.fields.first?.deliveredAt != nil)
    }
}

extension Fold {
    @discardableResult
    mutating func erase(_ person: String) throws -> SequenceNumber {
        let record = ErasureRecord(subject: SubjectHash(plain: person), keys: state.keys(of: person), at: moment)
        return try apply(.subjectErased(record))
    }
}
