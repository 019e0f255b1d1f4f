import Dispatch
import Synchronization

/// Runs an actor on a thread of its own, where blocking calls such as `fdatasync` hold up nobody else.
///
/// Besides the actor's jobs it takes entries of one other kind in the same order, without a job for each: that is how
/// thousands of publishes share one wake-up and one group commit.
final class BlockingExecutor<Entry: Sendable>: SerialExecutor {
    private let mailbox = Mutex(Mailbox())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let queue: DispatchQueue

    /// Something to run, in the order of arrival.
    enum Item: Sendable {
        case job(UnownedJob)
        case entry(Entry)
        /// Asks the loop to end once everything before it has run.
        case stop
    }

    private struct Mailbox {
        var items: [Item] = []
        var isSleeping = false
        var hasStopped = false
    }

    init(label: String) {
        queue = DispatchQueue(label: label, qos: .userInitiated)
    }

    /// Starts the loop; `turn` gets everything that arrived since it was last called and runs on the thread.
    func start(_ turn: @escaping @Sendable ([Item]) -> Void) {
        queue.async { self.run(turn) }
    }

    private func run(_ turn: ([Item]) -> Void) {
        while true {
            let items = mailbox.withLock { mailbox in
                let items = mailbox.items
                mailbox.items = []
                mailbox.isSleeping = items.isEmpty
                return items
            }
            guard !items.isEmpty else {
                wakeUp.wait()
                continue
            }
            turn(items)
            if items.contains(where: \.isStop) { break }
        }
        // Whatever came after the stop still runs: an actor's job that never ran would hang its caller.
        let rest = mailbox.withLock { mailbox in
            mailbox.hasStopped = true
            return mailbox.items
        }
        if !rest.isEmpty { turn(rest) }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard submit([.job(job)]) else {
            // The thread is gone; nobody else touches the actor any more, so the caller's queue may run it.
            queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
            return
        }
    }

    /// Adds items in order; false when the loop has ended and they will not be run.
    @discardableResult
    func submit(_ items: [Item]) -> Bool {
        let (accepted, mustWake) = mailbox.withLock { mailbox in
            guard !mailbox.hasStopped else { return (false, false) }
            mailbox.items.append(contentsOf: items)
            defer { mailbox.isSleeping = false }
            return (true, mailbox.isSleeping)
        }
        if mustWake { wakeUp.signal() }
        return accepted
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// Whether the current thread is the one this executor runs on cannot be asked, so it vouches by its queue.
    func checkIsolated() {
        dispatchPrecondition(condition: .onQueue(queue))
    }
}

extension BlockingExecutor.Item {
    var isStop: Bool {
        if case .stop = self { return true }
        return false
    }
}
