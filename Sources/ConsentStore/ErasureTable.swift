import Consent
import DequeModule

/// Who was erased, by keyed hash: so that late events do not bring a person back.
struct ErasureTable {
    private(set) var entries: [SubjectHash: Entry] = [:]
    private var order = Deque<(subject: SubjectHash, event: SequenceNumber)>()
    /// Erasures whose bytes may still be on the disk, oldest first.
    private(set) var pending = Deque<SequenceNumber>()
    /// The latest moment of an erasure: an event made later concerns none of them.
    private(set) var newest: Timestamp?

    struct Entry: Equatable {
        var event: SequenceNumber
        var erasedAt: Timestamp
        var deliveryCount: Int
        var completedAt: Timestamp?
    }

    /// Notes an erasure; the oldest completed ones go once there are too many or they are too old.
    mutating func add(_ subject: SubjectHash, _ entry: Entry, limits: StoreLimits) {
        entries[subject] = entry
        order.append((subject, entry.event))
        if entry.completedAt == nil { pending.append(entry.event) }
        newest = newest.map { max($0, entry.erasedAt) } ?? entry.erasedAt
        let oldest = entry.erasedAt - limits.erasureLifetime
        while let first = order.first {
            let known = entries[first.subject]
            if let known, known.event == first.event {
                guard order.count > limits.erasuresMax || known.erasedAt < oldest, known.completedAt != nil else {
                    return
                }
                entries[first.subject] = nil
            }
            order.removeFirst()
        }
    }

    /// Notes that nothing of these is on the disk any more.
    mutating func complete(through event: SequenceNumber, at moment: Timestamp) {
        while let first = pending.first, first <= event { pending.removeFirst() }
        for (subject, entry) in entries where entry.completedAt == nil && entry.event <= event {
            entries[subject]?.completedAt = moment
        }
    }

    /// Whether an event made at this moment is older than its person's erasure.
    func refuses(madeAt moment: Timestamp?, _ subject: () -> SubjectHash) -> Bool {
        guard let newest, let moment, moment < newest, let entry = entries[subject()] else { return false }
        return moment < entry.erasedAt
    }
}
