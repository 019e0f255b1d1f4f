/// Decides whether nobody has called for long enough.
package struct IdlePolicy: Sendable {
    private var admittedCount: UInt64 = 0
    private var quietSince: ContinuousClock.Instant

    /// Begins to count at a moment.
    package init(at now: ContinuousClock.Instant) {
        quietSince = now
    }

    /// Takes in how many connections there are and ever were; true once it has been quiet for the whole window.
    package mutating func isIdle(
        connectionCount: Int,
        admittedCount: UInt64,
        window: Duration,
        at now: ContinuousClock.Instant
    ) -> Bool {
        if connectionCount > 0 || admittedCount != self.admittedCount {
            self.admittedCount = admittedCount
            quietSince = now
        }
        return quietSince.duration(to: now) >= window
    }
}
