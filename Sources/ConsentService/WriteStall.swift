import NIOCore

/// Notices a peer that takes none of its answers for too long.
struct WriteStall {
    private var pendingWrites = 0
    private var progressCount: UInt64 = 0
    private var progressSeen: UInt64 = 0
    private(set) var isWatched = false

    /// Whether something waits to be taken and nobody watches it yet.
    var needsWatch: Bool { hasPendingWrites && !isWatched }

    /// Whether the peer has not taken everything yet.
    var hasPendingWrites: Bool { pendingWrites > 0 }

    mutating func began() {
        pendingWrites += 1
    }

    /// A write was taken by the peer, or failed.
    mutating func ended() {
        pendingWrites -= 1
        progressCount += 1
    }

    mutating func watch() {
        isWatched = true
        progressSeen = progressCount
    }

    /// The time that a peer has for any progress is over: true if there was none.
    mutating func expired() -> Bool {
        isWatched = false
        return pendingWrites > 0 && progressSeen == progressCount
    }
}
