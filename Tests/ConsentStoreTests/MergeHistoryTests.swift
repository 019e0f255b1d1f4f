import Consent
import Testing

@testable import ConsentStore

/// Whatever order events come in, however often the process ends and whatever it had written by then: the org ends with the
/// merge of all events.
struct MergeHistoryTests {
    static let seeds: [UInt64] = [UInt64.random(in: 0 ... .max), 1, 2, 3]

    @Test(arguments: seeds)
    func anyOrderAndAnyCrashEndsInTheMergeOfAllEvents(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<60 {
            let events = Self.events(&generator)
            let expected = Self.expected(events)
            for _ in 0..<3 {
                var history = try CrashingHistory(generator)
                try history.run(events.shuffled(using: &generator))
                generator = history.generator
                guard history.org == expected else {
                    Issue.record("seed \(seed), round \(round): \(history.org) is not \(expected)")
                    return
                }
                #expect(history.statesOfAll.allSatisfy { $0.isTerminal }, "seed \(seed), round \(round)")
            }
        }
    }

    /// The comparison above is able to fail: an org that misses one choice differs.
    @Test func aLostWriteIsNoticed() throws {
        var generator = SeededGenerator(seed: 1)
        let events = Self.events(&generator)
        var history = try CrashingHistory(generator)
        history.losesWrites = true
        try history.run(events)
        #expect(history.org != Self.expected(events))
    }

    /// Events of few people at few moments, so that ties are common.
    private static func events(_ generator: inout SeededGenerator) -> [ConsentEvent] {
        let choices: [Choice] = [.granted, .denied, .cleared]
        return (0..<Int.random(in: 3...14, using: &generator)).map { number in
            let pick = choices.randomElement(using: &generator) ?? .granted
            let other = choices.randomElement(using: &generator) ?? .granted
            let id = "\(["é", "e", "E"].randomElement(using: &generator) ?? "")\(number)"
            let at = Int64.random(in: 0...3, using: &generator)
            let subject = ["ada", "bob"].randomElement(using: &generator) ?? "ada"
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: return .test(id, at: at, subject: subject, ["news": pick])
            case 1: return .test(id, at: at, subject: subject, ["calls": pick])
            default: return .test(id, at: at, subject: subject, ["news": pick, "calls": other])
            }
        }
    }

    /// The rule spelled out independently: the later moment, then the denial, then the greater id.
    private static func expected(_ events: [ConsentEvent]) -> [String: [String: FieldValue]] {
        var winners: [String: [String: (key: (Int64, Int, [UInt8]), value: FieldValue)]] = [:]
        for event in events {
            for choice in event.choices {
                let field = choice.id == "news" ? "News__c" : "Calls__c"
                let key = (
                    event.createdAt?.milliseconds ?? 0, choice.choice == .granted ? 0 : 1, Array((event.id ?? "").utf8)
                )
                let value: FieldValue =
                    switch choice.choice {
                    case .granted: .bool(true)
                    case .denied: .bool(false)
                    default: .null
                    }
                if let known = winners[event.organizationUserID]?[field]?.key, !isLess(known, key) { continue }
                winners[event.organizationUserID, default: [:]][field] = (key, value)
            }
        }
        return winners.mapValues { $0.mapValues(\.value) }
    }

    private static func isLess(_ left: (Int64, Int, [UInt8]), _ right: (Int64, Int, [UInt8])) -> Bool {
        if left.0 != right.0 { return left.0 < right.0 }
        if left.1 != right.1 { return left.1 < right.1 }
        return left.2.lexicographicallyPrecedes(right.2)
    }
}

/// A store's life with an org: events, writes, lost answers, and ends of the process at any point between them.
private struct CrashingHistory {
    var generator: SeededGenerator
    var fold: Fold
    /// Fields by person, as the org has them.
    var org: [String: [String: FieldValue]] = [:]
    var losesWrites = false
    /// Writes that are out, with the events that they hold.
    private var writes: [(write: SubjectWrite, events: [SequenceNumber])] = []

    init(_ generator: SeededGenerator) throws {
        self.generator = generator
        fold = try Fold(.test())
    }

    var statesOfAll: [DeliveryState] {
        ["ada", "bob"].flatMap { fold.state.deliveries(of: $0, configuration: nil) }.map(\.state)
    }

    mutating func run(_ events: [ConsentEvent]) throws {
        for event in events {
            try fold.publish(event)
            for _ in 0..<Int.random(in: 0...3, using: &generator) { try step() }
        }
        try restart()
        for _ in 0..<100 where takeOne() { try land(0) }
    }

    private mutating func step() throws {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0..<3: _ = takeOne()
        case 3..<6: if !writes.isEmpty { try land(Int.random(in: writes.indices, using: &generator)) }
        case 6: try restart()
        default: try failOne()
        }
    }

    /// Takes what one person has undelivered, never somebody who is out already.
    private mutating func takeOne() -> Bool {
        let out = Set(writes.map(\.write.key.slot))
        let slots = (0..<fold.state.configurations[0].subjects.count).shuffled(using: &generator)
        for slot in slots where !out.contains(UInt32(slot)) {
            guard let write = fold.write(slot: UInt32(slot)) else { continue }
            writes.append((write, Array(fold.state.configurations[0].subjects[slot].open)))
            return true
        }
        return false
    }

    /// The org writes and its answer is recorded.
    private mutating func land(_ place: Int) throws {
        let (write, events) = writes.remove(at: place)
        commit(write)
        try record(events, .delivered(recordIDs: ["00Q1"], isCreated: false, .test()))
    }

    private mutating func failOne() throws {
        guard let (write, events) = writes.popLast() else { return }
        // A failure without an answer may have written all the same.
        if Bool.random(using: &generator) { commit(write) }
        let due = fold.moment + .seconds(2)
        try record(events, .retrying(reason: "TIMEOUT", attempts: 1, dueAt: due, .test(503)))
    }

    private mutating func commit(_ write: SubjectWrite) {
        if losesWrites { return }
        org[write.organizationUserID, default: [:]].merge(write.values) { $1 }
    }

    private mutating func record(_ events: [SequenceNumber], _ result: SubjectOutcome.Result) throws {
        let subjects = fold.state.configurations[0].subjects
        let open = events.filter { event in
            (0..<subjects.count).contains { subjects[$0].open.contains(event) }
        }
        guard !open.isEmpty else { return }
        let outcome = OutcomeRecord(configuration: ConfigurationID(ordinal: 1), events: open, result: result)
        try fold.apply(.outcomes([outcome], at: fold.moment))
    }

    /// The process ends: some of what is out is written yet, none of its answers is heard, and the journal is replayed.
    private mutating func restart() throws {
        for (write, _) in writes where Bool.random(using: &generator) { commit(write) }
        writes = []
        var state = ConsentState(limits: fold.state.limits)
        let cut = Int.random(in: 0...fold.records.count, using: &generator)
        for (index, record) in fold.records.enumerated() {
            if index == cut { state = try state.throughSnapshot(limits: fold.state.limits) }
            var writer = ByteWriter()
            record.encode(to: &writer)
            try state.apply(
                Record(kind: record.kind, body: writer.bytes),
                at: SequenceNumber(UInt64(index + 1))
            )
        }
        fold.state = state
    }
}
