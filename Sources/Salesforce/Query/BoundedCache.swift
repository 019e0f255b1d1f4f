/// Keeps about the last so many entries, in two generations: once the young one is full, the old one is dropped whole.
struct BoundedCache<Key: Hashable & Sendable, Entry: Sendable>: Sendable {
    private var young: [Key: Entry] = [:]
    private var old: [Key: Entry] = [:]
    private let countMax: Int

    /// Makes an empty cache of at most this many entries.
    init(countMax: Int) {
        self.countMax = countMax
    }

    subscript(key: Key) -> Entry? { young[key] ?? old[key] }

    mutating func insert(_ entry: Entry, for key: Key) {
        if young.count >= countMax / 2 {
            old = young
            young = [:]
        }
        young[key] = entry
    }

    mutating func remove(_ key: Key) {
        young[key] = nil
        old[key] = nil
    }

    mutating func removeAll(where isRemoved: (Key) -> Bool) {
        young = young.filter { !isRemoved($0.key) }
        old = old.filter { !isRemoved($0.key) }
    }

    mutating func removeAll() {
        young = [:]
        old = [:]
    }
}
