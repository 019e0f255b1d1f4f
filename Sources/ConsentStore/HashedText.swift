import Consent

/// A text with its hash, computed once; both stand for its bytes.
struct HashedText: Hashable, Sendable {
    let text: String
    private let storedHash: Int

    /// The hash, of which any few bits tell texts apart well.
    var hashBits: Int { storedHash }

    init(_ text: String) {
        self.text = text
        storedHash = text.byteHash
    }

    static func == (left: Self, right: Self) -> Bool {
        left.storedHash == right.storedHash && left.text.hasSameBytes(as: right.text)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(storedHash)
    }

    /// The hash itself: it is seeded for this process already, and hashing it again would cost as much as looking it up.
    func _rawHashValue(seed: Int) -> Int { storedHash ^ seed }
}

/// An event's id or the key that stands for it.
struct EventKey: Hashable, Sendable {
    /// The key as the caller wrote it.
    let text: String
    /// The text's hash, with the last bit telling whether it is an id: there are millions of these.
    private let storedHash: Int

    var isID: Bool { storedHash & 1 == 1 }

    /// The hash, of which any few bits but the last tell keys apart well.
    var hashBits: Int { storedHash }

    /// Makes a key of a text whose hash is known already.
    init(text: String, hash: Int) {
        self.text = text
        storedHash = hash
    }

    private init(text: String, isID: Bool) {
        self.init(text: text, hash: Self.hash(text.byteHash, isID: isID))
    }

    /// The hash of a key, made of that of its text's bytes.
    static func hash(_ byteHash: Int, isID: Bool) -> Int { byteHash & ~1 | (isID ? 1 : 0) }

    static func id(_ text: String) -> EventKey { EventKey(text: text, isID: true) }

    static func idempotencyKey(_ text: String) -> EventKey { EventKey(text: text, isID: false) }

    static func == (left: Self, right: Self) -> Bool {
        left.storedHash == right.storedHash && left.text.hasSameBytes(as: right.text)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(storedHash)
    }

    /// The hash itself: it is seeded for this process already, and hashing it again would cost as much as looking it up.
    func _rawHashValue(seed: Int) -> Int { storedHash ^ seed }
}
