import Consent

/// What every event's id or key was used for, in the order of use: the latest use of a key counts.
///
/// A use is held once, in the queue; what finds it by its key is an index. A snapshot reads the queue alone.
struct EventKeyTable: Sendable {
    /// Nil in the place of a use that was taken out.
    private(set) var uses = ChunkedQueue<Use?>()
    private var index = HashIndex()

    /// One use of a key.
    struct Use: Sendable {
        let key: EventKey
        let event: SequenceNumber
        let digest: ContentDigest
        let acceptedAt: Timestamp
    }

    /// How many keys are known.
    var count: Int { index.count }

    /// How many uses are held, those included that were taken out and those of which there is a later one.
    var heldCount: Int { uses.count }

    /// All uses that are known, oldest first.
    var inOrder: some Sequence<Use> { uses.lazy.compactMap(\.self) }

    /// The latest use of a key.
    subscript(key: EventKey) -> Use? {
        number(of: key).flatMap { uses[position(of: $0)] }
    }

    /// Looks where a key with this hash would be found; see `ConsentState.lookAhead`.
    func peek(_ hash: Int) -> UInt64 { index.peek(hash) }

    /// Adds the newest use.
    mutating func add(_ use: consuming Use) {
        let hash = use.key.hashBits
        if let former = number(of: use.key) {
            index.remove(former, of: hash)
            uses[position(of: former)] = nil
        }
        index.insert(number(at: uses.endIndex), of: hash)
        uses.append(consume use)
    }

    /// Forgets the oldest uses from before a moment, at most so many: no single event pays for very many.
    ///
    /// Places of those that were taken out do not count, so that a table out of a snapshot, which has none, goes the
    /// same way.
    mutating func forget(before moment: Timestamp, atMost limit: Int) {
        var rest = limit
        while let first = uses.first {
            if let first {
                guard rest > 0, first.acceptedAt < moment else { return }
                rest -= 1
                index.remove(number(at: uses.startIndex), of: first.key.hashBits)
            }
            _ = uses.popFirst()
        }
    }

    /// Takes out every use for one of these events, with the key's text.
    mutating func remove(for events: Set<SequenceNumber>) {
        for position in uses.startIndex..<uses.endIndex {
            guard let use = uses[position], events.contains(use.event) else { continue }
            index.remove(number(at: position), of: use.key.hashBits)
            uses[position] = nil
        }
    }

    private func number(of key: EventKey) -> UInt32? {
        var search = index.search(key.hashBits)
        while let number = index.next(&search) {
            if uses[position(of: number)]?.key == key { return number }
        }
        return nil
    }

    /// The index holds the low half of a position: there are never so many at a time that it would be another's too.
    private func number(at position: Int) -> UInt32 { UInt32(truncatingIfNeeded: position) }

    private func position(of number: UInt32) -> Int {
        uses.startIndex + Int(number &- UInt32(truncatingIfNeeded: uses.startIndex))
    }
}
