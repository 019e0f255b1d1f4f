import Consent
import DequeModule

/// What may not be touched twice at once: records, what their writing locks in the org, and people who are being created.
struct LockTable: Sendable {
    /// How many items in flight lock a record; siblings in one batch share their parent.
    private var records: [RecordLock: Int] = [:]
    private var persons: [PersonKey: PersonHolder] = [:]
    private var unsettled: [PersonKey: Timestamp] = [:]

    /// Whether a new call may write this record: no call that is out touches it or its parent.
    func isFree(_ record: FoundRecord, origin: Int) -> Bool {
        guard records[RecordLock(origin: origin, id: record.id)] == nil else { return false }
        return record.parentID.map { records[RecordLock(origin: origin, id: $0)] == nil } ?? true
    }

    mutating func lock(_ record: FoundRecord, origin: Int) {
        lock(id: record.id, origin: origin)
        if let parent = record.parentID { lock(id: parent, origin: origin) }
    }

    mutating func unlock(_ record: FoundRecord, origin: Int) {
        unlock(id: record.id, origin: origin)
        if let parent = record.parentID { unlock(id: parent, origin: origin) }
    }

    /// Lets a subject be the one that works on this person, or queues it behind the one that does.
    mutating func claim(_ person: PersonKey, for key: SubjectKey) -> Bool {
        if persons[person] == nil {
            persons[person] = PersonHolder(key: key)
            return true
        }
        persons[person]?.waiting.append(key)
        return false
    }

    /// Gives a person up and says who claimed it next, if anyone; only the holder may.
    mutating func release(_ person: PersonKey, by key: SubjectKey) -> SubjectKey? {
        guard let holder = persons[person], holder.key == key else {
            persons[person]?.waiting.removeAll { $0 == key }
            return nil
        }
        guard let next = persons[person]?.waiting.popFirst() else {
            persons[person] = nil
            return nil
        }
        persons[person]?.key = next
        return next
    }

    /// Keeps everyone from creating this person until it is known whether a creation without an answer happened.
    mutating func unsettle(_ person: PersonKey, until: Timestamp, at now: Timestamp) {
        if unsettled.count >= 1_024 { unsettled = unsettled.filter { $0.value > now } }
        unsettled[person] = until
    }

    /// Until when nobody may create this person; nil when anybody may.
    mutating func unsettledUntil(_ person: PersonKey, at now: Timestamp) -> Timestamp? {
        guard let until = unsettled[person] else { return nil }
        if until > now { return until }
        unsettled[person] = nil
        return nil
    }

    private mutating func lock(id: String, origin: Int) {
        records[RecordLock(origin: origin, id: id), default: 0] += 1
    }

    private mutating func unlock(id: String, origin: Int) {
        let lock = RecordLock(origin: origin, id: id)
        guard let count = records[lock] else { return }
        records[lock] = count > 1 ? count - 1 : nil
    }

    private struct RecordLock: Hashable, Sendable {
        var origin: Int
        var id: String

        init(origin: Int, id: String) {
            self.origin = origin
            self.id = FoundRecord.key(of: id)
        }
    }

    private struct PersonHolder: Sendable {
        var key: SubjectKey
        var waiting: Deque<SubjectKey> = []
    }
}

/// A person whom a creation could double, whichever configuration wants it.
struct PersonKey: Hashable, Sendable {
    var origin: Int
    var recordKind: RecordKind
    var matchField: String
    /// Trimmed and in lower case, since Salesforce compares without regard to either.
    var person: String

    init(origin: Int, configuration: Configuration, person: String) {
        self.origin = origin
        recordKind = configuration.recordKind
        matchField = configuration.matchField.lowercased()
        var text = person[...].drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        self.person = text.lowercased()
    }
}
