/// A dictionary in shards, so that growing never moves the whole table at once.
struct ShardedDictionary<Key: ShardedKey, Value> {
    private var shards = [[Key: Value]](repeating: [:], count: 256)

    var count: Int { shards.reduce(0) { $0 + $1.count } }

    subscript(key: Key) -> Value? {
        _read { yield shards[key.shard][key] }
        _modify { yield &shards[key.shard][key] }
    }

    /// Forgets the entries whose value is so.
    mutating func removeAll(where isGone: (Value) -> Bool) {
        for index in shards.indices { shards[index] = shards[index].filter { !isGone($0.value) } }
    }
}

/// A key that knows its hash, since it is computed once, where the text was read.
protocol ShardedKey: Hashable {
    var storedHash: Int { get }
}

extension ShardedKey {
    fileprivate var shard: Int { storedHash & 255 }
}

/// A text with its hash, computed once.
struct HashedText: ShardedKey {
    let text: String
    let storedHash: Int

    init(_ text: String) {
        self.text = text
        storedHash = text.hashValue
    }

    static func == (left: Self, right: Self) -> Bool {
        left.storedHash == right.storedHash && left.text == right.text
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(storedHash)
    }
}

/// An event's id or the key that stands for it.
struct EventKey: ShardedKey {
    /// The key as the caller wrote it.
    let text: String
    let isID: Bool
    let storedHash: Int

    private init(text: String, isID: Bool) {
        self.text = text
        self.isID = isID
        storedHash = text.hashValue
    }

    static func id(_ text: String) -> EventKey { EventKey(text: text, isID: true) }

    static func idempotencyKey(_ text: String) -> EventKey { EventKey(text: text, isID: false) }

    static func == (left: Self, right: Self) -> Bool {
        left.storedHash == right.storedHash && left.isID == right.isID && left.text == right.text
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(storedHash)
    }
}
