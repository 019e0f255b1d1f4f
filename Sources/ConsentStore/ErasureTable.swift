import Consent
import DequeModule

/// Who was erased, by keyed hash: so that late events do not bring a person back.
struct ErasureTable: Sendable {
    private var entries = ShardedTable<SubjectHash, Entry>()
    private var order = ChunkedQueue<Place>()
    /// Erasures whose bytes may still be on the disk, oldest first.
    private var pending = Deque<Place>()
    /// The latest moment of an erasure: an event made later concerns none of them.
    private var newest: Timestamp?

    struct Entry: Equatable {
        var event: SequenceNumber
        var erasedAt: Timestamp
        var deliveryCount: Int
        var completedAt: Timestamp?
    }

    private struct Place {
        var subject: SubjectHash
        var event: SequenceNumber
    }

    subscript(subject: SubjectHash) -> Entry? { entries[subject] }

    /// How many may still have bytes on the disk.
    var pendingCount: Int { pending.count }

    /// When the oldest of those was erased.
    var oldestPending: Timestamp? { pending.first.flatMap { entries[$0.subject]?.erasedAt } }

    /// The newest of those.
    var newestPending: SequenceNumber? { pending.last?.event }

    /// All that are known, oldest first.
    var inOrder: some Sequence<(SubjectHash, Entry)> {
        order.lazy.compactMap { place in
            guard let entry = entries[place.subject], entry.event == place.event else { return nil }
            return (place.subject, entry)
        }
    }

    /// Notes an erasure; the oldest completed ones go once there are too many or they are too old.
    mutating func add(_ subject: SubjectHash, _ entry: Entry, limits: StoreLimits) {
        restore(subject, entry)
        let oldest = entry.erasedAt - limits.erasureLifetime
        while let first = order.first {
            if let known = entries[first.subject], known.event == first.event {
                let isTooMuch = entries.count > limits.erasuresMax || known.erasedAt < oldest
                guard isTooMuch, known.completedAt != nil else { return }
                entries[first.subject] = nil
            }
            _ = order.popFirst()
        }
    }

    /// Takes an erasure over as it was.
    mutating func restore(_ subject: SubjectHash, _ entry: Entry) {
        // Of a person erased twice the first is as good as done once the second is.
        if entries[subject] != nil { pending.removeAll { $0.subject == subject } }
        entries[subject] = entry
        order.append(Place(subject: subject, event: entry.event))
        if entry.completedAt == nil { pending.append(Place(subject: subject, event: entry.event)) }
        newest = newest.map { max($0, entry.erasedAt) } ?? entry.erasedAt
    }

    /// Notes that nothing of these is on the disk any more.
    mutating func complete(through event: SequenceNumber, at moment: Timestamp) {
        while let first = pending.first, first.event <= event {
            pending.removeFirst()
            if entries[first.subject]?.event == first.event { entries[first.subject]?.completedAt = moment }
        }
    }

    /// Whether an event made at this moment is older than its person's erasure.
    func refuses(madeAt moment: Timestamp?, _ subject: () -> SubjectHash) -> Bool {
        guard let newest, let moment, moment < newest, let entry = entries[subject()] else { return false }
        return moment < entry.erasedAt
    }
}
