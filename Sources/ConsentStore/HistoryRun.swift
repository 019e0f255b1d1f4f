import Consent

/// Records that follow one another in a history, decoded and on their way to the fold.
///
/// Of what there are millions each kind has an array of its own, out of which it is moved into the state: a copy would
/// count every reference twice, in memory that the other thread has just written.
struct HistoryRun: Sendable {
    /// In the order of the history.
    private(set) var steps: [Step] = []
    private var subjects: [StateRecord.SubjectPart] = []
    private var events: [EventEntry?] = []
    /// Not decoded yet: what they are about is in the state by then, and the fold has the time for it.
    private var keys = ByteReader([])
    private var others: [StateRecord] = []
    private var log: [Record] = []

    /// One record, by the number it has in the snapshot or in the log.
    struct Step {
        let kind: Kind
        /// Its place in the array of its kind.
        fileprivate let place: Int
        let number: UInt64
        /// The event's own number.
        fileprivate var event = SequenceNumber(0)
        /// Where the bytes end that begin at the place.
        fileprivate var end = 0

        enum Kind { case subject, event, key, other, log }
    }

    /// Reads a record of a snapshot.
    ///
    /// An event's id is in three of them, in the order of person, event and key; in memory it is there once.
    ///
    /// - Throws: for a key only when it is applied.
    mutating func addSnapshot(
        _ number: UInt64,
        kind: UInt8,
        from reader: inout ByteReader,
        recalling ids: inout KnownIDs
    ) throws(RecordError) {
        switch kind {
        case StateRecord.subjectKind:
            subjects.append(try StateRecord.SubjectPart(from: &reader))
            subjects[subjects.count - 1].entry.fields.standing.forEachEvent { ids.add($1, of: $0) }
            steps.append(Step(kind: .subject, place: subjects.count - 1, number: number))
        case StateRecord.eventKind:
            let event = SequenceNumber(try reader.unsigned())
            events.append(try EventEntry(from: &reader, knownAs: ids.take(event)))
            steps.append(Step(kind: .event, place: events.count - 1, number: number, event: event))
        case StateRecord.eventKeyKind:
            let place = keys.add(reader)
            steps.append(Step(kind: .key, place: place, number: number, end: keys.byteCount))
            return
        default:
            others.append(try StateRecord(kind: kind, from: &reader))
            steps.append(Step(kind: .other, place: others.count - 1, number: number))
        }
        guard reader.isAtEnd else { throw .malformed }
    }

    /// Reads a record of the log.
    mutating func addLog(_ number: UInt64, kind: UInt8, from reader: inout ByteReader) throws(RecordError) {
        log.append(try Record(kind: kind, from: &reader))
        steps.append(Step(kind: .log, place: log.count - 1, number: number))
    }

    /// Applies a record to a state; what is moved into it is not here any more.
    mutating func apply(_ step: Step, to state: inout ConsentState) throws(RecordError) {
        switch step.kind {
        case .subject: try state.restore(&subjects[step.place])
        case .event: try state.restore(step.event, &events[step.place])
        case .key:
            keys.seek(to: step.place)
            let use = try EventKeyTable.Use(from: &keys) { event in state.events.look(at: event) { $0.id } }
            guard keys.isAt(step.end) else { throw .malformed }
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
        steps.removeAll(keepingCapacity: true)
        subjects.removeAll(keepingCapacity: true)
        events.removeAll(keepingCapacity: true)
        keys.removeAll()
        others.removeAll(keepingCapacity: true)
        log.removeAll(keepingCapacity: true)
    }
}
