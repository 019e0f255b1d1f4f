import Consent
import Testing

@testable import ConsentStore

/// A state that was written down and read again is the state.
struct SnapshotTests {
    static let seeds: [UInt64] = [UInt64.random(in: 0 ... .max), 1, 2, 3, 4, 5]

    /// Random histories through snapshots at random points end in what the records alone end in.
    @Test(arguments: seeds)
    func snapshotsAtRandomPointsChangeNothing(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for round in 0..<10 {
            var limits = StoreLimits()
            limits.terminalEventsMax = Int.random(in: 1...40, using: &generator)
            limits.keyLifetime = .seconds(Int.random(in: 5...200, using: &generator))
            limits.erasuresMax = 5
            var history = try History(limits: limits)
            var restored = history.fold.state
            for _ in 0..<200 {
                let record = history.next(&generator)
                try restored.apply(record, at: try history.fold.apply(record))
                guard Int.random(in: 0..<20, using: &generator) == 0 else { continue }
                restored = try restored.throughSnapshot(limits: limits)
                let (found, expected) = (restored.parts, history.fold.state.parts)
                guard found == expected else {
                    let place = zip(found, expected).first { $0 != $1 }
                    Issue.record("seed \(seed), round \(round): the states differ at \(String(describing: place))")
                    return
                }
            }
            for person in History.people {
                let expected = history.fold.state.deliveries(of: person, configuration: nil)
                #expect(restored.deliveries(of: person, configuration: nil) == expected, "seed \(seed)")
            }
            #expect(restored.openCount == history.fold.state.openCount)
            #expect(restored.knownEvents == history.fold.state.knownEvents)
            for entry in restored.configurations {
                let other = try #require(history.fold.state.configurationIndexes[entry.configuration.id])
                #expect(entry.openCount == history.fold.state.configurations[other].openCount)
                for slot in 0..<entry.subjects.count {
                    let key = SubjectKey(configuration: entry.configuration.id, slot: UInt32(slot))
                    #expect(restored.outboxEntry(key) == history.fold.state.outboxEntry(key))
                }
            }
        }
    }

    /// The comparison above is able to fail.
    @Test func aMissingPartIsNoticed() throws {
        var fold = try Fold(.test())
        try fold.publish(.test("a", at: 1, ["news": .granted]))
        var restored = try fold.state.throughSnapshot(limits: fold.state.limits)
        #expect(restored.parts == fold.state.parts)
        restored.events[SequenceNumber(2)]?.deliveries[0].attempts += 1
        #expect(restored.parts != fold.state.parts)
    }

    @Test func everyDamagedPartIsAnErrorAndNeverATrap() throws {
        var fold = try Fold(.test())
        let event = try fold.publish(.test("a", at: 1, ["news": .granted]), key: nil)
        try fold.deliver(event)
        try fold.erase("bob")
        let parts = fold.state.parts
        for (index, part) in parts.enumerated() {
            for length in 0..<part.body.count {
                var state = ConsentState(limits: fold.state.limits)
                for earlier in parts[..<index] {
                    try state.restore(StateRecord(kind: earlier.kind, body: earlier.body))
                }
                #expect(throws: RecordError.self) {
                    try state.restore(StateRecord(kind: part.kind, body: Array(part.body[..<length])))
                }
            }
        }
    }
}

/// A part as a snapshot holds it.
struct EncodedPart: Equatable {
    var kind: UInt8
    var body: [UInt8]
}

extension ConsentState {
    /// Events in memory, oldest first.
    var knownEvents: [SequenceNumber] { eventOrder.filter { events[$0] != nil } }

    /// The state as a snapshot would hold it.
    var parts: [EncodedPart] {
        var parts: [EncodedPart] = []
        StateView(self).forEachRecord { record in
            var writer = ByteWriter()
            record.encode(to: &writer)
            parts.append(EncodedPart(kind: record.kind, body: writer.bytes))
        }
        return parts
    }

    func throughSnapshot(limits: StoreLimits) throws -> ConsentState {
        var state = ConsentState(limits: limits)
        for part in parts { try state.restore(StateRecord(kind: part.kind, body: part.body)) }
        return state
    }
}

/// Records that a store could make, at random.
struct History {
    static let people = (0..<8).map { "person-\($0)" }

    var fold: Fold
    private var nextID = 0

    init(limits: StoreLimits) throws {
        fold = try Fold(.test(1), .test(2), limits: limits)
    }

    mutating func next(_ generator: inout SeededGenerator) -> Record {
        nextID += 1
        let person = Self.people.randomElement(using: &generator) ?? ""
        switch Int.random(in: 0..<40, using: &generator) {
        case 0:
            return .subjectErased(
                ErasureRecord(subject: SubjectHash(plain: person), keys: fold.state.keys(of: person), at: fold.moment)
            )
        case 1: return .erasuresCompleted(through: fold.state.newest, at: fold.moment)
        case 2: return configuration(&generator)
        case 3:
            let id = ConfigurationID(ordinal: fold.state.lastOrdinal)
            guard fold.state.configuration(id) != nil, fold.state.configurationNames.count > 1 else { break }
            return .configurationDeleted(id, at: fold.moment)
        case 4: return .retried(ids(in: [.failed, .retrying, .parked], &generator), at: fold.moment)
        case 5:
            guard let id = ids(in: [.pending, .retrying], &generator).first else { break }
            return .cancelled(id, at: fold.moment)
        case 6: return .creating(ids(in: [.pending, .retrying], &generator), at: fold.moment)
        case 22: if let record = job(&generator) { return record }
        case 7..<22: if let record = outcome(&generator) { return record }
        default: break
        }
        return event(person, &generator)
    }

    /// A job for some of what is undelivered, or the end of one.
    private func job(_ generator: inout SeededGenerator) -> Record? {
        if let job = fold.state.jobs.first { return .jobEnded(job.id, of: job.configuration, at: fold.moment) }
        guard let id = ids(in: [.pending, .retrying], &generator).first,
            let slot = fold.state.events[id.event]?.deliveries.first(where: { $0.configuration == id.configuration })?
                .slot
        else { return nil }
        let record = FoundRecord(id: "00Q1", parentID: Bool.random(using: &generator) ? "0011" : nil)
        let row = BulkJob.Row(slot: slot, through: id.event, records: [record])
        let origin = "https://acme.my.salesforce.com"
        return .jobOpened(
            BulkJob(id: "750\(nextID)", configuration: id.configuration, origin: origin, rows: [row]),
            at: fold.moment
        )
    }

    private func event(_ person: String, _ generator: inout SeededGenerator) -> Record {
        let choices: [Choice] = [.granted, .denied, .cleared, .text("x"), .list(["a", "b"])]
        let event = ConsentEvent.test(
            Bool.random(using: &generator) ? "event-\(nextID)" : nil,
            at: Int64.random(in: 0..<20, using: &generator),
            subject: person,
            regulation: Int.random(in: 0..<8, using: &generator) == 0 ? "ccpa" : "gdpr",
            [
                ["news", "calls"].randomElement(using: &generator) ?? "": choices.randomElement(using: &generator)
                    ?? .granted
            ]
        )
        return .event(
            EventRecord(
                incoming: IncomingEvent(
                    event: event,
                    digest: ContentDigest(of: event),
                    idempotencyKey: event.id == nil ? "key-\(nextID)" : nil
                ),
                acceptedAt: fold.moment
            )
        )
    }

    private func configuration(_ generator: inout SeededGenerator) -> Record {
        var ordinal = UInt32.random(in: 1...max(1, fold.state.lastOrdinal), using: &generator)
        let isNew =
            fold.state.configuration(ConfigurationID(ordinal: ordinal)) == nil
            || Int.random(in: 0..<3, using: &generator) == 0
        if isNew { ordinal = fold.state.lastOrdinal + 1 }
        var configuration = Configuration.test(
            ordinal,
            mappings: [
                Mapping(field: "F\(nextID)__c", value: ["news", "calls"].randomElement(using: &generator) ?? "")
            ],
            isPaused: Bool.random(using: &generator)
        )
        configuration.createdAt = fold.moment
        let key = isNew ? CreationKey(text: "creation-\(nextID)", digest: ContentDigest(high: 1, low: 2)) : nil
        return .configurationStored(configuration, key: key)
    }

    private func outcome(_ generator: inout SeededGenerator) -> Record? {
        let due = fold.moment + .seconds(9)
        let results: [SubjectOutcome.Result] = [
            .delivered(recordIDs: ["00Q\(nextID)"], isCreated: true, .test()), .skipped(reason: "NO_MATCH", .test()),
            .failed(reason: "INVALID", .test(400)), .retrying(reason: "BUSY", attempts: 2, dueAt: due, .test(503)),
            .parked(reason: "BUSY", attempts: 9, dueAt: due, .test(503)),
        ]
        let entries = fold.state.configurations.filter { !$0.isDeleted }
        guard let entry = entries.randomElement(using: &generator),
            let slot = (0..<entry.subjects.count).filter({ !entry.subjects[$0].open.isEmpty })
                .randomElement(using: &generator),
            let result = results.randomElement(using: &generator)
        else { return nil }
        let record = OutcomeRecord(
            configuration: entry.configuration.id,
            events: Array(entry.subjects[slot].open),
            result: result
        )
        return .outcomes([record], at: fold.moment)
    }

    private func ids(in states: Set<DeliveryState>, _ generator: inout SeededGenerator) -> [DeliveryID] {
        fold.state.eventOrder.flatMap { event in
            (fold.state.events[event]?.deliveries ?? []).filter { states.contains($0.state) }
                .map { DeliveryID(event: event, configuration: $0.configuration) }
        }
        .shuffled(using: &generator).prefix(2).map { $0 }
    }
}
