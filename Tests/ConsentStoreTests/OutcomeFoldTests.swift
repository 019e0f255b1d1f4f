import Consent
import Testing

@testable import ConsentStore

/// What becomes of a delivery.
@Suite struct OutcomeFoldTests {
    static func pending(_ limits: StoreLimits = StoreLimits()) throws -> (Fold, SequenceNumber) {
        var fold = try Fold(.test(), limits: limits)
        let event = try fold.publish(.test("a", at: 1, ["news": .denied]))
        return (fold, event)
    }

    static let due = start + .seconds(600)

    @Test func aRefusedRecordFailsWithItsReason() throws {
        var (fold, event) = try Self.pending()
        let attempt = Attempt(at: start, httpStatus: 200, errorCode: "STRING_TOO_LONG", fields: ["News__c"])
        let number = try fold.finish(event, .failed(reason: "STRING_TOO_LONG", attempt))
        let delivery = try fold.delivery(event)
        #expect(delivery.state == .failed)
        #expect(delivery.reason == "STRING_TOO_LONG")
        #expect(delivery.lastAttempt == attempt)
        #expect(delivery.attempts == 1)
        #expect(delivery.sequenceNumber == number)
        #expect(fold.write() == nil)
    }

    @Test func whatFailedForADeletedConfigurationStaysSo() throws {
        var (fold, event) = try Self.pending()
        try fold.finish(event, .failed(reason: "INVALID", .test(400)))
        let id = try fold.delivery(event).id
        try fold.apply(.configurationDeleted(id.configuration, at: fold.moment))
        try fold.apply(.retried([id], at: fold.moment))
        #expect(try fold.delivery(event).state == .failed)
        #expect(fold.state.openCount == 0)
    }

    @Test func noMatchIsSkipped() throws {
        var (fold, event) = try Self.pending()
        try fold.finish(event, .skipped(reason: "NO_MATCH", .test()))
        #expect(try fold.delivery(event).state == .skipped)
        #expect(try fold.delivery(event).reason == "NO_MATCH")
    }

    @Test func aRetryKeepsScheduleAndAttempts() throws {
        var (fold, event) = try Self.pending()
        try fold.finish(event, .retrying(reason: "TIMEOUT", attempts: 1, dueAt: Self.due, .test(503)))
        try fold.finish(event, .retrying(reason: "TIMEOUT", attempts: 2, dueAt: Self.due, .test(503)))
        let delivery = try fold.delivery(event)
        #expect(delivery.state == .retrying)
        #expect(delivery.reason == "TIMEOUT")
        #expect(delivery.attempts == 2)
        #expect(delivery.nextAttemptAt == Self.due)
        #expect(delivery.lastAttempt == .test(503))
        let entry = try #require(fold.outboxEntry())
        #expect(entry.attempts == 2)
        #expect(entry.dueAt == Self.due)
        #expect(!entry.isParked)
        #expect(fold.write()?.attempts == 2)
    }

    @Test func thoseWrittenOneByOneWaitOnceEachWasTried() throws {
        var (fold, first) = try Self.pending()
        let second = try fold.publish(.test("b", at: 2, ["calls": .granted]))
        let piece = { (fold: Fold) in
            let open = fold.state.configurations[0].subjects[0].open
            return Array(fold.state.nextPiece(of: open, index: 0, slot: 0))
        }
        // A denial comes first.
        #expect(piece(fold) == [first])
        try fold.finish(first, .retrying(reason: "LOCK", attempts: 1, dueAt: Self.due, .test()))
        #expect(fold.outboxEntry()?.dueAt == nil)
        #expect(piece(fold) == [second])
        try fold.finish(second, .retrying(reason: "LOCK", attempts: 1, dueAt: Self.due, .test()))
        #expect(fold.outboxEntry()?.dueAt == Self.due)
        #expect(fold.outboxEntry()?.attempts == 1)
        // None keeps the others back.
        try fold.finish(first, .retrying(reason: "LOCK", attempts: 2, dueAt: Self.due, .test()))
        #expect(fold.outboxEntry()?.dueAt == Self.due)
        #expect(piece(fold) == [second])
    }

    @Test func withdrawalsAreToldOfFirstWhereEverythingIsTold() throws {
        var fold = try Fold(.test())
        for (number, choice) in [Choice.granted, .granted, .denied, .granted].enumerated() {
            try fold.publish(.test("\(number)", at: 1, subject: "person-\(number)", ["news": choice]))
        }
        var queue = OutboxQueue()
        queue.take([.allSubjects(ConfigurationID(ordinal: 1))], from: fold.state)
        let told = queue.next(10, jobs: []) { fold.state.outboxEntry($0) }
        let slots = told.compactMap { if case .ready(let entry) = $0 { entry.key.slot } else { nil } }
        #expect(slots == [2, 0, 1, 3])
    }

    @Test func aWaitOfTheWholeOrgSpendsNoAttempt() throws {
        var (fold, event) = try Self.pending()
        try fold.finish(event, .retrying(reason: "LIMIT", attempts: 0, dueAt: Self.due, .test(403)))
        #expect(try fold.delivery(event).attempts == 0)
        #expect(try fold.delivery(event).state == .retrying)
    }

    @Test func aCreationIsToldUntilNothingOfItIsUndelivered() throws {
        var (fold, event) = try Self.pending()
        let record = Record.creating([fold.id(event)], at: start)
        var writer = ByteWriter()
        record.encode(to: &writer)
        #expect(try Record(kind: record.kind, body: writer.bytes) == record)
        try fold.apply(record)
        #expect(fold.outboxEntry()?.creationStartedAt == start)
        try fold.finish(event, .retrying(reason: "TIMEOUT", attempts: 1, dueAt: Self.due, .test(503)))
        #expect(fold.outboxEntry()?.creationStartedAt == start)
        try fold.apply(.retried([fold.id(event)], at: fold.moment))
        #expect(fold.outboxEntry()?.creationStartedAt == start)
        #expect(fold.outboxEntry()?.attempts == 0)
        try fold.finish(event, .failed(reason: "STRING_TOO_LONG", .test()))
        _ = try fold.publish(.test("b", at: 2, ["news": .denied]))
        #expect(fold.outboxEntry()?.creationStartedAt == nil)
    }

    @Test func parkedIsStillDueAndEndsWhenDelivered() throws {
        var (fold, event) = try Self.pending()
        try fold.finish(event, .parked(reason: "TIMEOUT", attempts: 7, dueAt: Self.due, .test(503)))
        #expect(try fold.delivery(event).state == .parked)
        #expect(fold.outboxEntry()?.isParked == true)
        #expect(fold.outboxEntry()?.dueAt == Self.due)
        try fold.deliver(event)
        #expect(try fold.delivery(event).state == .delivered)
        #expect(try fold.delivery(event).reason == nil)
        #expect(try fold.delivery(event).nextAttemptAt == nil)
    }

    @Test func aFreshEventDoesNotWaitForTheRetriesOfAnOlderOne() throws {
        var (fold, event) = try Self.pending()
        try fold.finish(event, .parked(reason: "TIMEOUT", attempts: 7, dueAt: Self.due, .test(503)))
        try fold.publish(.test("b", at: 2, ["calls": .granted]))
        #expect(fold.outboxEntry()?.dueAt == nil)
        #expect(fold.outboxEntry()?.isParked == false)
        #expect(fold.outboxEntry()?.attempts == 0)
        #expect(fold.write()?.attempts == 0)
        #expect(fold.write()?.values == ["News__c": .bool(false), "Calls__c": .bool(true)])
    }

    @Test func whatCameWhileTheWriteWasOutIsTriedAtOnce() throws {
        var (fold, event) = try Self.pending()
        let later = try fold.publish(.test("b", at: 2, ["calls": .granted]))
        try fold.finish(event, .retrying(reason: "TIMEOUT", attempts: 1, dueAt: Self.due, .test(503)))
        #expect(try fold.delivery(event).state == .retrying)
        #expect(try fold.delivery(later).state == .pending)
        #expect(fold.outboxEntry()?.dueAt == nil)
        #expect(fold.outboxEntry()?.attempts == 0)
    }

    @Test(arguments: [
        SubjectOutcome.Result.failed(reason: "INVALID", .test(400)), .skipped(reason: "NO_MATCH", .test()),
        .retrying(reason: "TIMEOUT", attempts: 1, dueAt: due, .test(503)), .released,
    ])
    func anOutcomeOfWhatHasEndedMeanwhileChangesNothing(result: SubjectOutcome.Result) throws {
        var (fold, event) = try Self.pending()
        let newer = try fold.publish(.test("b", at: 2, ["news": .granted]))
        let before = try fold.delivery(event)
        try fold.finish(event, result)
        #expect(before.state == .superseded)
        #expect(try fold.delivery(event) == before)
        #expect(try fold.delivery(newer).state == .pending)
        #expect(fold.state.openCount == 1)
    }

    @Test func aConfirmedWriteIsToldOfThoughANewerChoiceOvertookIt() throws {
        var (fold, event) = try Self.pending()
        let newer = try fold.publish(.test("b", at: 2, ["news": .granted]))
        fold.state.effects = ConsentState.Effects()
        let number = try fold.finish(event, .delivered(recordIDs: ["00Q1"], isCreated: true, .test()))
        #expect(fold.state.effects.changedEvents == [event])
        let delivery = try fold.delivery(event)
        #expect(delivery.state == .superseded)
        #expect(delivery.supersededBy == fold.id(newer))
        #expect(delivery.recordIDs == ["00Q1"] && delivery.isCreated == true)
        #expect(delivery.lastAttempt == .test() && delivery.attempts == 1)
        #expect(delivery.sequenceNumber == number)
        #expect(try fold.delivery(newer).state == .pending)
        #expect(fold.state.openCount == 1)
        // A job whose end is not written down is asked once more after a restart.
        try fold.finish(event, .delivered(recordIDs: ["00Q1"], isCreated: true, .test()))
        #expect(try fold.delivery(event) == delivery)
    }

    @Test func aConfirmedWriteIsToldOfThoughAPersonEndedTheDelivery() throws {
        var (fold, event) = try Self.pending()
        try fold.apply(.cancelled(fold.id(event), at: fold.moment))
        try fold.finish(event, .delivered(recordIDs: ["00Q1"], isCreated: false, .test()))
        let delivery = try fold.delivery(event)
        #expect(delivery.state == .cancelled)
        #expect(delivery.recordIDs == ["00Q1"] && delivery.lastAttempt == .test() && delivery.attempts == 1)
        #expect(fold.state.openCount == 0)
    }

    @Test func whatAWaitIsForIsKnownUntilItIsTriedAnew() throws {
        var (fold, event) = try Self.pending()
        let configuration = ConfigurationID(ordinal: 1)
        #expect(fold.state.lastFailure(of: event, in: configuration) == nil)
        let attempt = Attempt(at: start, httpStatus: 200, errorCode: "FLOW")
        try fold.finish(event, .retrying(reason: "FLOW", attempts: 1, dueAt: start + .seconds(30), attempt))
        let failure = SubjectWrite.LastFailure(errorCode: "FLOW", wait: .seconds(30))
        #expect(fold.state.lastFailure(of: event, in: configuration) == failure)
        try fold.apply(.retried([fold.id(event)], at: fold.moment))
        #expect(fold.state.lastFailure(of: event, in: configuration) == nil)
    }

    // MARK: Retry

    @Test func aFailedDeliveryIsPendingAgainAfterRetry() throws {
        var (fold, event) = try Self.pending()
        try fold.finish(event, .failed(reason: "STRING_TOO_LONG", .test()))
        fold.state.effects = ConsentState.Effects()
        let number = try fold.apply(.retried([fold.id(event)], at: fold.moment))
        let delivery = try fold.delivery(event)
        #expect(delivery.state == .pending)
        #expect(delivery.sequenceNumber == number)
        #expect(delivery.nextAttemptAt == nil)
        #expect(fold.write()?.values == ["News__c": .bool(false)])
        #expect(fold.outboxEntry()?.attempts == 0)
        #expect(!fold.state.effects.outbox.isEmpty)
    }

    @Test func aWaitingDeliveryIsDueAtOnceAfterRetry() throws {
        var (fold, event) = try Self.pending()
        try fold.finish(event, .parked(reason: "TIMEOUT", attempts: 7, dueAt: Self.due, .test(503)))
        try fold.apply(.retried([fold.id(event)], at: fold.moment))
        #expect(try fold.delivery(event).state == .pending)
        #expect(try fold.delivery(event).nextAttemptAt == nil)
        #expect(fold.outboxEntry()?.dueAt == nil)
        #expect(fold.outboxEntry()?.isParked == false)
        #expect(fold.outboxEntry()?.attempts == 0)
    }

    @Test func aFailedDeliveryThatWasOvertakenStaysFailed() throws {
        var (fold, event) = try Self.pending()
        try fold.finish(event, .failed(reason: "STRING_TOO_LONG", .test()))
        try fold.publish(.test("b", at: 2, ["news": .granted]))
        try fold.apply(.retried([fold.id(event)], at: fold.moment))
        #expect(try fold.delivery(event).state == .failed)
        #expect(fold.write()?.values == ["News__c": .bool(true)])
        #expect(fold.state.openCount == 1)
    }

    @Test func retryOfWhatIsDeliveredOrUnknownChangesNothing() throws {
        var (fold, event) = try Self.pending()
        try fold.deliver(event)
        try fold.apply(.retried([fold.id(event), fold.id(SequenceNumber(99)), fold.id(event, 9)], at: fold.moment))
        #expect(try fold.delivery(event).state == .delivered)
        #expect(fold.state.openCount == 0)
    }

    // MARK: Cancel

    @Test func aCancelledDeliveryIsNotWritten() throws {
        var (fold, event) = try Self.pending()
        let other = try fold.publish(.test("b", at: 2, ["calls": .granted]))
        try fold.apply(.cancelled(fold.id(event), at: fold.moment))
        #expect(try fold.delivery(event).state == .cancelled)
        #expect(fold.write()?.values == ["Calls__c": .bool(true)])
        try fold.apply(.cancelled(fold.id(other), at: fold.moment))
        #expect(fold.write() == nil)
        #expect(fold.state.openCount == 0)
    }

    @Test func aCancelledChoiceStillStandsAgainstOlderOnes() throws {
        var (fold, event) = try Self.pending()
        try fold.apply(.cancelled(fold.id(event), at: fold.moment))
        let older = try fold.publish(.test("0", at: 0, ["news": .granted]))
        #expect(try fold.delivery(older).state.isTerminal)
        #expect(fold.write() == nil)
    }

    @Test func aDeliveredOneCannotBeCancelled() throws {
        var (fold, event) = try Self.pending()
        try fold.deliver(event)
        try fold.apply(.cancelled(fold.id(event), at: fold.moment))
        #expect(try fold.delivery(event).state == .delivered)
    }

    // MARK: Damage

    @Test func recordsOfAnUnknownConfigurationAreInconsistent() throws {
        var (fold, event) = try Self.pending()
        let unknown = ConfigurationID(ordinal: 9)
        #expect(throws: RecordError.inconsistent) { try fold.finish(event, of: 9, .released) }
        #expect(throws: RecordError.inconsistent) { try fold.apply(.configurationDeleted(unknown, at: start)) }
        #expect(throws: RecordError.inconsistent) { try fold.apply(.condition(.running, of: unknown, at: start)) }
    }

    @Test func onlyAFailureThatNothingNewerOvertookCanBeRetried() throws {
        var (fold, event) = try Self.pending()
        #expect(!fold.state.canRetry(fold.id(event)), "it is pending anyway")
        try fold.finish(event, .failed(reason: "INVALID", .test(400)))
        #expect(fold.state.canRetry(fold.id(event)))
        let newer = try fold.publish(.test("b", at: 2, ["news": .granted]))
        #expect(!fold.state.canRetry(fold.id(event)))
        try fold.apply(.retried([fold.id(event)], at: fold.moment))
        #expect(try fold.delivery(event).state == .failed)
        try fold.finish(newer, .parked(reason: "TIMEOUT", attempts: 7, dueAt: Self.due, .test(503)))
        #expect(fold.state.canRetry(fold.id(newer)))
        #expect(!fold.state.canRetry(fold.id(SequenceNumber(99))))
    }
}
