import Consent

/// A dictionary in shards, so that growing never rehashes everything at once.
///
/// While a copy of it is read elsewhere, a change copies one shard and not the whole.
struct ShardedTable<Key: ShardKey, Value> {
    private var shards: [[Key: Value]]
    private(set) var count = 0

    /// How many each shard holds.
    var shardCounts: [Int] { shards.map(\.count) }

    /// - Parameter shardCount: by default as many as make shards of a million elements nearly full.
    init(shardCount: Int = 720) {
        shards = [[Key: Value]](repeating: [:], count: shardCount)
    }

    subscript(key: Key) -> Value? {
        _read { yield shards[shard(of: key)][key] }
        _modify {
            let shard = shard(of: key)
            let before = shards[shard].count
            defer { count += shards[shard].count - before }
            yield &shards[shard][key]
        }
    }

    private func shard(of key: Key) -> Int {
        // The high bits of a product with the golden ratio: even for keys in a row, and without a division.
        let spread = UInt64(truncatingIfNeeded: key.shardBits) &* 0x9e37_79b9_7f4a_7c15
        return Int(((spread >> 32) &* UInt64(shards.count)) >> 32)
    }
}

/// A key that says where it is kept.
protocol ShardKey: Hashable {
    /// Bits of which any few tell keys apart well.
    var shardBits: Int { get }
}

extension SubjectHash: ShardKey {
    var shardBits: Int { Int(truncatingIfNeeded: low) }
}

extension ShardedTable: Sendable where Key: Sendable, Value: Sendable {}
