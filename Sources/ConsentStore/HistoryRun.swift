import Consent

import struct Journal.JournalKeys

/// Records that follow one another in a history, on their way from the disk to the state: read, then decoded, then
/// applied.
///
/// Of what there are millions each kind has an array of its own, out of which it is moved into the state: a copy would
/// count every reference twice, in memory that another thread has just written.
struct HistoryRun: Sendable {
    /// Bodies as they were read, one behind the other.
    var bytes: [UInt8] = []
    fileprivate var bodies: [Body] = []
    /// What was decoded, in the order of the history.
    private(set) var steps: [Step] = []
    /// What the decoded records are going to look up.
    private(set) var lookups: [Lookup] = []
    private var subjects: [StateRecord.SubjectPart] = []
    private var events: [EventEntry?] = []
    private var others: [StateRecord] = []
    private var log: [Record] = []
    /// Why the record behind the last step is not one of them.
    fileprivate(set) var fault: (number: UInt64, error: RecordError)?

    /// Where a record comes from, which has numbers of its own.
    enum Source { case snapshot, log }

    fileprivate struct Body {
        let number: UInt64
        let range: Range<Int>
        let kind: UInt8
        let source: Source
    }

    /// One record, by the number it has in the snapshot or in the log.
    struct Step {
        let kind: Kind
        /// Its place in the array of its kind; of a key, in the bytes.
        fileprivate let place: Int
        let number: UInt64
        /// The event's own number.
        fileprivate var event = SequenceNumber(0)
        /// Where the bytes of a key end.
        fileprivate var end = 0
        /// A key's hash.
        fileprivate var hash = 0

        enum Kind { case subject, event, key, other, log }
    }

    /// The hashes under which a key and a person are found, as far as a record has either.
    struct Lookup {
        var key: Int?
        var person: Int?
    }

    /// How many records it holds.
    var count: Int { bodies.count }

    /// Adds a record as it was read.
    mutating func add(_ number: UInt64, kind: UInt8, _ body: RawSpan, from source: Source) {
        let start = bytes.count
        // Safety: the body's bytes live for the call.
        unsafe body.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        bodies.append(Body(number: number, range: start..<bytes.count, kind: kind, source: source))
    }

    fileprivate mutating func decode(
        _ body: Body,
        from reader: inout ByteReader,
        recalling ids: inout KnownIDs
    ) throws(RecordError) {
        guard body.source == .snapshot else {
            let record = try Record(kind: body.kind, from: &reader)
            if case .event(let event) = record {
                let incoming = event.incoming
                lookups.append(Lookup(key: incoming.key?.hashBits, person: incoming.subject.hashBits))
            }
            log.append(record)
            steps.append(Step(kind: .log, place: log.count - 1, number: body.number))
            return
        }
        switch body.kind {
        case StateRecord.subjectKind:
            subjects.append(try StateRecord.SubjectPart(from: &reader) { ids.add($1, of: $0) })
            steps.append(Step(kind: .subject, place: subjects.count - 1, number: body.number))
        case StateRecord.eventKind:
            let event = SequenceNumber(try reader.unsigned())
            events.append(try EventEntry(from: &reader, knownAs: ids.take(event)))
            steps.append(Step(kind: .event, place: events.count - 1, number: body.number, event: event))
        case StateRecord.eventKeyKind:
            // The rest when it is applied: the event that it names is in the state by then, and with it the same text.
            let hash = try EventKeyTable.Use.keyHash(from: &reader)
            lookups.append(Lookup(key: hash))
            steps.append(
                Step(
                    kind: .key,
                    place: body.range.lowerBound,
                    number: body.number,
                    end: body.range.upperBound,
                    hash: hash
                )
            )
            return
        default:
            others.append(try StateRecord(kind: body.kind, from: &reader))
            steps.append(Step(kind: .other, place: others.count - 1, number: body.number))
        }
        guard reader.isAtEnd else { throw .malformed }
    }

    /// Applies a record to a state; what is moved into it is not here any more.
    ///
    /// - Parameter reader: has the run's bytes.
    mutating func apply(
        _ step: Step,
        from reader: inout ByteReader,
        to state: inout ConsentState
    ) throws(RecordError) {
        switch step.kind {
        case .subject: try state.restore(&subjects[step.place])
        case .event: try state.restore(step.event, &events[step.place])
        case .key:
            reader.enter(step.place..<step.end)
            let use = try EventKeyTable.Use(from: &reader, hash: step.hash) { event in
                state.events.look(at: event) { $0.id }
            }
            guard reader.isAtEnd else { throw .malformed }
            state.eventKeys.add(use)
        case .other: try state.restore(others[step.place])
        case .log:
            try state.apply(log[step.place], at: SequenceNumber(step.number))
            // What the replay stirs up concerns nobody yet.
            state.effects.removeAll()
        }
    }

    /// Lets everything go but the memory.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        bodies.removeAll(keepingCapacity: true)
        steps.removeAll(keepingCapacity: true)
        lookups.removeAll(keepingCapacity: true)
        subjects.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        others.removeAll(keepingCapacity: true)
        log.removeAll(keepingCapacity: true)
        fault = nil
    }
}

/// Decodes the runs of a history one after another.
struct HistoryDecoder: Sendable {
    private var reader: ByteReader
    /// Ids of events, for those of the snapshot's records that name them again.
    ///
    /// An event's id is in three of them, in the order of person, event and key; in memory it is there once.
    private var ids = KnownIDs()

    /// - Parameter keys: what opens sealed secrets.
    init(keys: JournalKeys? = nil) {
        reader = ByteReader([], keys: keys)
    }

    /// Decodes a run up to the first record that cannot be; keys only when they are applied.
    mutating func decode(_ run: inout HistoryRun) {
        reader.exchange(&run.bytes)
        defer { reader.exchange(&run.bytes) }
        for place in run.bodies.indices {
            let body = run.bodies[place]
            reader.enter(body.range)
            do throws(RecordError) {
                try run.decode(body, from: &reader, recalling: &ids)
            } catch {
                run.fault = (body.number, error)
                return
            }
        }
    }
}
