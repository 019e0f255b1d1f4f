import Consent
import Testing

@testable import ConsentStore

/// What is let go, so that a daemon that runs for years stays as large as what it has to do.
struct RetentionTests {
    /// A year of days, each with a configuration that comes and goes, people who are never written, and an erasure.
    @Test func aYearLeavesNothingBehindButThoseItMustRemember() throws {
        var limits = StoreLimits()
        limits.terminalEventLifetime = .seconds(7 * 86_400)
        var year = try Year(limits: limits)
        for day in 0..<365 { try year.live(day) }
        let state = year.state
        // The one of the first day that is never delivered.
        #expect(state.openCount == 1)
        #expect(state.events.count <= 8 * Year.eventsPerDay)
        #expect(state.eventOrder.count <= 16 * Year.eventsPerDay + ConsentState.forgottenNumbersMax)
        #expect(state.removalQueue.count <= 8 * Year.eventsPerDay)
        #expect(state.eventKeys.count <= 3 * Year.eventsPerDay)
        #expect(state.eventKeys.heldCount <= 3 * Year.eventsPerDay)
        #expect(state.creationKeys.count <= 3)
        #expect(state.creationKeyOrder.count <= 3)
        #expect(state.configurations.count <= 10)
        #expect(state.configurations[0].personCount <= 8 * Year.eventsPerDay)
        #expect(state.configurations[0].subjects.count <= 9 * Year.eventsPerDay)
        #expect(state.erasures.pendingCount == 0)
        #expect(Array(state.erasures.inOrder).count <= 365)
    }

    @Test func whatIsForgottenSaysSo() throws {
        var limits = StoreLimits()
        limits.terminalEventsMax = 1
        var fold = try Fold(.test(), limits: limits)
        let first = try fold.publish(.test("a", at: 1, ["news": .granted]))
        try fold.deliver(first)
        try fold.deliver(try fold.publish(.test("b", at: 1, subject: "bob", ["news": .granted])))
        #expect(fold.state.events[first] == nil)
        #expect(fold.state.isForgotten(first))
        #expect(!fold.state.isForgotten(SequenceNumber(0)))
        #expect(!fold.state.isForgotten(SequenceNumber(99)))
    }
}

/// A state and its clock.
private struct Year {
    static let eventsPerDay = 20
    private(set) var state: ConsentState
    private var number: UInt64 = 0

    init(limits: StoreLimits) throws {
        state = ConsentState(limits: limits)
        try apply(.configurationStored(.test(1), key: nil))
        let event = ConsentEvent.test("never", subject: "nobody", ["news": .granted])
        let incoming = IncomingEvent(
            event: event,
            digest: ContentDigest(of: event),
            configurations: [Configuration.test(1).id]
        )
        try apply(.event(EventRecord(incoming: incoming, acceptedAt: start)))
    }

    mutating func live(_ day: Int) throws {
        let moment = start + .seconds(day * 86_400)
        var configuration = Configuration.test(state.lastOrdinal + 1)
        configuration.createdAt = moment
        let key = CreationKey(text: "key-\(day)", digest: ContentDigest(high: 0, low: 0))
        try apply(.configurationStored(configuration, key: key))
        for index in 0..<Self.eventsPerDay {
            let event = ConsentEvent.test(
                "event-\(day)-\(index)",
                at: Int64(day) * 86_400_000,
                subject: "person-\(day)-\(index)",
                regulation: "ccpa",
                ["news": .granted]
            )
            let incoming = IncomingEvent(event: event, digest: ContentDigest(of: event))
            try apply(.event(EventRecord(incoming: incoming, acceptedAt: moment)))
        }
        try apply(.configurationDeleted(configuration.id, at: moment))
        let person = "person-\(day)-0"
        let record = ErasureRecord(subject: SubjectHash(plain: person), keys: state.keys(of: person), at: moment)
        try apply(.subjectErased(record))
        try apply(.erasuresCompleted(through: state.newest, at: moment))
    }

    private mutating func apply(_ record: Record) throws {
        number += 1
        try state.apply(record, at: SequenceNumber(number))
        state.effects = ConsentState.Effects()
    }
}
