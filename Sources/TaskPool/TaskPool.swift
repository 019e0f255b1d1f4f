import Dispatch
import Synchronization
@_spi(ExperimentalScheduling) import _Concurrency

/// The threads that run the program's tasks: a fixed number, in place of the runtime's own pool.
///
/// The runtime's pool, libdispatch's, grows when its threads block, and to see whether they do it opens files in `/proc`
/// once a second. It ends the process where it cannot: without `/proc`, or with no descriptor left. This one needs
/// neither. In return no task may block one of its threads for long; what blocks has a thread of its own.
package final class TaskPool: TaskExecutor {
    private let schedule = Mutex(PoolSchedule<UnownedJob>())
    /// Where each worker sleeps.
    private let bells: [DispatchSemaphore]

    /// A suspended machine does not count as time for a thread that sleeps, but it does for a timer.
    private static let napMax = Duration.seconds(60)

    /// - Parameter workers: at least 1.
    init(workers: Int) {
        bells = (0..<workers).map { _ in DispatchSemaphore(value: 0) }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        wake(schedule.withLock { $0.add(job) })
    }

    /// Runs tasks on the calling thread and on threads of their own, for as long as the process lives.
    func run() -> Never {
        for worker in bells.indices.dropFirst() {
            DispatchQueue(label: "consentd.tasks.\(worker)", qos: .userInitiated).async { self.work(as: worker) }
        }
        work(as: 0)
    }

    private func work(as worker: Int) -> Never {
        while true {
            switch schedule.withLock({ $0.turn(of: worker, now: { .now }) }) {
            case .run(let job, let other):
                wake(other)
                // Safety: the schedule hands out every job once.
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            case .sleep(nil):
                bells[worker].wait()
            case .sleep(let deadline?):
                sleep(worker, until: deadline)
            }
        }
    }

    private func sleep(_ worker: Int, until deadline: ContinuousClock.Instant) {
        let nap = min(max(ContinuousClock.now.duration(to: deadline), .zero), Self.napMax)
        let nanoseconds = Int(nap / .nanoseconds(1))
        guard bells[worker].wait(timeout: .now() + .nanoseconds(nanoseconds)) == .timedOut else { return }
        guard !schedule.withLock({ $0.wakesByItself(worker) }) else { return }
        bells[worker].wait()
    }

    private func wake(_ worker: Int?) {
        if let worker { bells[worker].signal() }
    }
}

/// `Task.sleep` asks the pool of the task that sleeps.
@_spi(ExperimentalScheduling)
extension TaskPool: SchedulingExecutor {
    package func enqueue<C: Clock>(
        _ job: consuming ExecutorJob,
        after delay: C.Duration,
        tolerance: C.Duration?,
        clock: C
    ) {
        enqueue(job, at: clock.now.advanced(by: delay), tolerance: tolerance, clock: clock)
    }

    /// Only differences between instants of the standard clocks are used, so it does not matter which one it is.
    package func enqueue<C: Clock>(
        _ job: consuming ExecutorJob,
        at instant: C.Instant,
        tolerance: C.Duration?,
        clock: C
    ) {
        guard let delay = clock.now.duration(to: instant) as? Duration else {
            preconditionFailure("a clock that does not count in seconds cannot be slept by")
        }
        let job = UnownedJob(job)
        wake(schedule.withLock { $0.add(job, at: .now + delay) })
    }
}
