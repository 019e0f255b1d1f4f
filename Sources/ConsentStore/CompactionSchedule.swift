import Consent

/// When a snapshot is worth its cost.
struct CompactionSchedule {
    private(set) var isRunning = false
    private var begunAt: ContinuousClock.Instant?
    /// Not before this moment, unless an erasure's deadline comes close.
    private(set) var pausedUntil: ContinuousClock.Instant?

    /// What speaks for a snapshot.
    struct Need {
        var logByteCount: Int
        var snapshotByteCount: Int
        var segmentByteCount: Int
        /// How many segments the log has; each start that has work begins one, however little is in it.
        var segmentCount = 1
        /// Whether events are refused for want of room.
        var isShort = false
        /// When the oldest erasure that is not complete was made.
        var oldestErasure: Timestamp?
        var erasureDeadline: Duration
    }

    /// Whether to begin one now.
    ///
    /// The log is let grow to the size of the live state and a segment, so that it stays below twice the state and
    /// two segments while the snapshot is written.
    func isDue(_ need: Need, at now: Timestamp, _ instant: ContinuousClock.Instant) -> Bool {
        guard !isRunning else { return false }
        let isPaused = pausedUntil.map { instant < $0 } ?? false
        if let oldest = need.oldestErasure {
            if !isPaused || now >= oldest + need.erasureDeadline / 2 { return true }
        }
        guard !isPaused else { return false }
        if need.isShort { return need.logByteCount > need.snapshotByteCount / 2 + Self.worthwhileByteCount }
        let segmentsMax = Self.startsMax + 4 * (need.snapshotByteCount / need.segmentByteCount)
        return need.logByteCount > need.snapshotByteCount + need.segmentByteCount || need.segmentCount > segmentsMax
    }

    /// Notes that a snapshot was begun.
    mutating func begin(at instant: ContinuousClock.Instant) {
        isRunning = true
        begunAt = instant
    }

    /// Notes the end of a snapshot; erasures then wait so long that at most a tenth of the time goes into them.
    mutating func finish(_ isDone: Bool, at instant: ContinuousClock.Instant) {
        let pause = isDone ? (begunAt.map { $0.duration(to: instant) } ?? .zero) * 9 : Self.retryPause
        pausedUntil = instant + pause
        isRunning = false
        begunAt = nil
    }

    /// How many segments that are not full may gather.
    static let startsMax = 8
    private static let worthwhileByteCount = 1 << 20
    private static let retryPause = Duration.seconds(30)
}
