import DequeModule
import HeapModule

/// What a pool's workers have to run and which of them sleep: decides, and neither waits nor wakes.
///
/// Jobs start in the order in which they became ready. Of the workers that sleep at most one, the timekeeper, wakes up
/// for the next timer, so that all others can sleep until they are woken; a job goes to one of those first, to the one
/// that was busy last.
struct PoolSchedule<Job: Sendable>: Sendable {
    /// A worker's place in the pool.
    typealias Worker = Int

    /// What a worker does next.
    enum Turn: Sendable {
        /// Runs the job, after it has woken `wakes`.
        case run(Job, wakes: Worker?)
        /// Sleeps until it is woken, and as the timekeeper until the deadline at the latest.
        case sleep(until: ContinuousClock.Instant?)
    }

    private var ready = Deque<Job>()
    private var timers = Heap<Timer>()
    private var sleepers: [Worker] = []
    private var timekeeper: Worker?
    private var timersSet: UInt64 = 0

    private struct Timer: Comparable, Sendable {
        let deadline: ContinuousClock.Instant
        /// Timers of one deadline fire in the order in which they were set.
        let number: UInt64
        let job: Job

        static func < (one: Timer, other: Timer) -> Bool {
            (one.deadline, one.number) < (other.deadline, other.number)
        }

        static func == (one: Timer, other: Timer) -> Bool { one.number == other.number }
    }

    /// Adds a job to be run at once.
    ///
    /// - Returns: whom to wake; nil where every worker is busy, and will look for itself.
    mutating func add(_ job: Job) -> Worker? {
        ready.append(job)
        return wakeAny()
    }

    /// Adds a job to be run at a deadline or soon after it, never before.
    ///
    /// - Returns: whom to wake, since nobody would be awake then.
    mutating func add(_ job: Job, at deadline: ContinuousClock.Instant) -> Worker? {
        timersSet += 1
        let timer = Timer(deadline: deadline, number: timersSet, job: job)
        timers.insert(timer)
        guard timers.min == timer else { return nil }
        if timekeeper != nil { return wakeTimekeeper() }
        return sleepers.popLast()
    }

    /// What a worker that is awake does next.
    mutating func turn(of worker: Worker, now: () -> ContinuousClock.Instant) -> Turn {
        if let next = timers.min, next.deadline <= now() { ready.append(timers.removeMin().job) }
        if let job = ready.popFirst() {
            // Whoever ends up with the timers must not be the one who is busy now.
            let mustWatch = timekeeper == nil && !timers.isEmpty
            return .run(job, wakes: mustWatch ? sleepers.popLast() : nil)
        }
        if timekeeper == nil, let next = timers.min {
            timekeeper = worker
            return .sleep(until: next.deadline)
        }
        sleepers.append(worker)
        return .sleep(until: nil)
    }

    /// Says that the timekeeper's deadline has passed while it slept.
    ///
    /// - Returns: false where it was woken at that very moment, and the signal is still on its way.
    mutating func wakesByItself(_ worker: Worker) -> Bool {
        guard timekeeper == worker else { return false }
        timekeeper = nil
        return true
    }

    private mutating func wakeAny() -> Worker? {
        sleepers.popLast() ?? wakeTimekeeper()
    }

    private mutating func wakeTimekeeper() -> Worker? {
        defer { timekeeper = nil }
        return timekeeper
    }
}
