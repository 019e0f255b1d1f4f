/// Finds what is kept elsewhere under a number, by the hash of its text: the text itself is not kept a second time.
///
/// Eight bytes for a slot, of which up to three quarters are taken, where a dictionary of millions of texts would take
/// three times as much. It is in shards, so that growing never moves everything at once.
struct HashIndex: Sendable {
    private var shards: [Shard]
    private(set) var count = 0

    /// An open-addressed table: zero is a free slot, else the high half is a tag of the hash and the low half the number.
    fileprivate struct Shard: Sendable {
        /// As many as a power of two, or none.
        var slots: [UInt64] = []
        var count = 0
    }

    /// How many each shard holds.
    var shardCounts: [Int] { shards.map(\.count) }

    /// - Parameter shardCount: by default as many as make shards of a million elements nearly full.
    init(shardCount: Int = 720) {
        shards = [Shard](repeating: Shard(), count: shardCount)
    }

    /// Where a search for what has a hash has come to.
    struct Search {
        fileprivate let shard: Int
        fileprivate let tag: UInt64
        fileprivate var slot: Int
    }

    /// Begins a search; `next` then gives what may be meant, which the caller compares.
    func search(_ hash: Int) -> Search {
        let tag = Shard.tag(of: hash)
        return Search(shard: shard(of: hash), tag: tag, slot: Int(truncatingIfNeeded: tag))
    }

    /// The next number that is there under a hash with the same tag; nil where there is no other.
    func next(_ search: inout Search) -> UInt32? {
        guard shards[search.shard].count > 0 else { return nil }
        let mask = shards[search.shard].slots.count - 1
        while true {
            let content = shards[search.shard].slots[search.slot & mask]
            guard content != 0 else { return nil }
            search.slot += 1
            if content >> 32 == search.tag { return UInt32(truncatingIfNeeded: content) }
        }
    }

    /// What is where a search begins; zero where that is nothing.
    func peek(_ hash: Int) -> UInt64 {
        let shard = shard(of: hash)
        let mask = shards[shard].slots.count - 1
        return mask < 0 ? 0 : shards[shard].slots[Int(truncatingIfNeeded: Shard.tag(of: hash)) & mask]
    }

    /// Adds a number under a hash; what it stands for must not be there yet.
    mutating func insert(_ number: UInt32, of hash: Int) {
        shards[shard(of: hash)].add(Shard.tag(of: hash) << 32 | UInt64(number))
        count += 1
    }

    /// Takes out a number that is there under this hash; nothing where it is not.
    mutating func remove(_ number: UInt32, of hash: Int) {
        var search = search(hash)
        while let found = next(&search) {
            guard found == number else { continue }
            shards[search.shard].free(search.slot - 1)
            count -= 1
            return
        }
    }

    /// The high half of the hash tells the shard, the low half the tag.
    private func shard(of hash: Int) -> Int {
        Int(((UInt64(truncatingIfNeeded: hash) >> 32) &* UInt64(shards.count)) >> 32)
    }
}

extension HashIndex.Shard {
    /// The tag of a hash, never zero and without the hash's last bit, which an `EventKey` uses for something else.
    static func tag(of hash: Int) -> UInt64 {
        UInt64(truncatingIfNeeded: hash) >> 1 & 0x7fff_ffff | 0x8000_0000
    }

    private func home(of content: UInt64) -> Int {
        Int(truncatingIfNeeded: content >> 32) & (slots.count - 1)
    }

    mutating func add(_ content: UInt64) {
        if 4 * (count + 1) > 3 * slots.count { grow() }
        put(content)
        count += 1
    }

    private mutating func put(_ content: UInt64) {
        let mask = slots.count - 1
        var slot = home(of: content)
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = content
    }

    private mutating func grow() {
        let former = slots
        slots = [UInt64](repeating: 0, count: max(8, 2 * former.count))
        for content in former where content != 0 { put(content) }
    }

    /// Frees a slot and moves up what had to give way to it, so that no search ends too early.
    mutating func free(_ slot: Int) {
        let mask = slots.count - 1
        var hole = slot & mask
        var next = (hole + 1) & mask
        while slots[next] != 0 {
            if (next - home(of: slots[next])) & mask >= (next - hole) & mask {
                slots[hole] = slots[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        slots[hole] = 0
        count -= 1
        if count == 0 { slots = [] }
    }
}
