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
    private var keys: [EventKeyTable.Use?] = []
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

        enum Kind { case subject, event, key, other, log }
    }

    /// Reads a record of a snapshot.
    ///
    /// An event's id is in three of them, in the order of person, event and key; in memory it is there once.
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
            let entry = try EventEntry(from: &reader, knownAs: ids[event])
            ids.add(entry.id, of: event)
            events.append(consume entry)
            steps.append(Step(kind: .event, place: events.count - 1, number: number, event: event))
        case StateRecord.eventKeyKind:
            keys.append(try EventKeyTable.Use(from: &reader) { ids.take($0) })
            steps.append(Step(kind: .key, place: keys.count - 1, number: number))
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
        case .key: if let use = keys[step.place].take() { state.eventKeys.add(use) }
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
        keys.removeAll(keepingCapacity: true)
        others.removeAll(keepingCapacity: true)
        log.removeAll(keepingCapacity: true)
    }
}
