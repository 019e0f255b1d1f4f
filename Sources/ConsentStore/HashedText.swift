/// A text with its hash, computed once.
struct HashedText: ShardKey, Sendable {
    let text: String
    private let storedHash: Int

    var shardBits: Int { storedHash }

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
struct EventKey: ShardKey, Sendable {
    /// The key as the caller wrote it.
    let text: String
    let isID: Bool
    private let storedHash: Int

    var shardBits: Int { storedHash }

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
