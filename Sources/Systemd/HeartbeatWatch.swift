/// Decides whether something that counts its turns is still alive.
package struct HeartbeatWatch: Sendable {
    private let patience: Duration
    private var last: (beat: UInt64, at: ContinuousClock.Instant)?

    /// A count that stands still for longer than `patience` is dead.
    package init(patience: Duration) {
        self.patience = patience
    }

    /// Takes in the count.
    package mutating func isAlive(_ beat: UInt64, at now: ContinuousClock.Instant) -> Bool {
        guard let last, last.beat == beat else {
            last = (beat, now)
            return true
        }
        return last.at.duration(to: now) <= patience
    }
}
