import CCurl
import Dispatch
import Glibc
import Synchronization

/// The thread that runs all transfers of one client, and the queue that leads to it.
///
/// libcurl itself is loaded with the first request or visit, so that nobody waits for it before.
final class TransferLoop: Sendable {
    private let options: HTTPClientOptions
    private let state = Mutex(State())
    /// Wakes the thread as long as it has no multi handle.
    private let bell = DispatchSemaphore(value: 0)

    init(options: HTTPClientOptions) {
        self.options = options
    }

    /// Starts the thread, which keeps this object alive until it ends.
    func start() throws(HTTPError) {
        let thread = try LoopThread(name: "http") { self.run() }
        state.withLock { $0.thread = thread }
    }

    /// Hands a request to the thread, or ends it at once when the client takes no more.
    func submit(_ submission: Submission) {
        let refusal: HTTPError? = state.withLock { state in
            guard !state.isStopping else { return .closed(sent: false) }
            guard state.outstanding < options.requestsMax else { return .tooManyRequests(limit: options.requestsMax) }
            state.outstanding += 1
            state.submissions.append(submission)
            return nil
        }
        if let refusal {
            submission.continuation.resume(returning: .failure(refusal))
        } else {
            wakeUp()
        }
    }

    /// Abandons a request; one that has ended or was never submitted is left alone.
    func cancel(_ ticket: Ticket) {
        // The mark is for a cancellation that overtakes its own submission, the list for one that comes later.
        ticket.isCancelled.store(true, ordering: .releasing)
        state.withLock { $0.cancellations.append(ticket) }
        wakeUp()
    }

    /// Returns once the thread has come round, or has ended.
    func heartbeat() async {
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                if !state.isFinished { state.visitors.append(continuation) }
                return state.isFinished
            }
            if isFinished {
                continuation.resume()
            } else {
                wakeUp()
            }
        }
    }

    /// Tells the thread to end every request and itself.
    func stop() {
        state.withLock { $0.isStopping = true }
        wakeUp()
    }

    /// Returns once the thread has ended every request and is about to end.
    func stopAndWait() async {
        await withCheckedContinuation { continuation in
            let isFinished = state.withLock { state in
                state.isStopping = true
                if !state.isFinished {
                    state.stopWaiters.append(continuation)
                }
                return state.isFinished
            }
            if isFinished {
                continuation.resume()
            } else {
                wakeUp()
            }
        }
    }

    /// Blocks until the thread is gone; only for after `stop`.
    func join() {
        state.withLock { $0.thread.take() }?.join()
    }

    private func wakeUp() {
        if let shared = state.withLock({ $0.multi }) {
            shared.multi.wakeUp()
        } else {
            bell.signal()
        }
    }

    // MARK: On the thread

    private func run() {
        var running = Running()
        guard let shared = makeMulti() else { return endEverything() }
        while let work = state.withLock({ $0.takeWork() }) {
            for visitor in work.visitors {
                visitor.resume()
            }
            for submission in work.submissions {
                start(submission, in: &running, of: shared.multi)
            }
            for ticket in work.cancellations {
                if let transfer = running.take(ticket) {
                    abandon(transfer, of: shared.multi) { .cancelled(sent: $0) }
                }
            }
            shared.multi.perform()
            while let (transfer, code) = shared.multi.nextFinished() {
                running.remove(transfer)
                shared.multi.remove(transfer.easy)
                finish(transfer.submission, transfer.result(code))
            }
            // A limit only so that a lost wake-up could never be for good.
            shared.multi.poll(milliseconds: 60_000)
        }
        for transfer in running.all {
            abandon(transfer, of: shared.multi) { .closed(sent: $0) }
        }
        endEverything()
    }

    /// Waits until there is something to do, and makes the multi handle then; nil once the thread is to end.
    private func makeMulti() -> SharedMulti? {
        while true {
            bell.wait()
            guard !state.withLock({ $0.isStopping }) else { return nil }
            do {
                let shared = SharedMulti(try MultiHandle.make(options: options))
                state.withLock { $0.multi = shared }
                return shared
            } catch {
                refuseWork(error)
            }
        }
    }

    /// Without libcurl there is still an answer.
    private func refuseWork(_ error: HTTPError) {
        guard let work = state.withLock({ $0.takeWork() }) else { return }
        for visitor in work.visitors { visitor.resume() }
        for submission in work.submissions { finish(submission, .failure(error)) }
    }

    private func start(_ submission: Submission, in running: inout Running, of multi: borrowing MultiHandle) {
        guard !submission.ticket.isCancelled.load(ordering: .acquiring) else {
            return finish(submission, .failure(.cancelled(sent: false)))
        }
        do {
            let transfer = try Transfer(submission, options: options)
            try multi.add(transfer.easy)
            running.insert(transfer)
        } catch {
            finish(submission, .failure(error))
        }
    }

    private func abandon(
        _ transfer: Transfer,
        of multi: borrowing MultiHandle,
        as error: (_ sent: Bool) -> HTTPError
    ) {
        let failure = error(transfer.mayHaveBeenSent)
        multi.remove(transfer.easy)
        finish(transfer.submission, .failure(failure))
    }

    private func finish(_ submission: Submission, _ result: Result<HTTPResponse, HTTPError>) {
        state.withLock { $0.outstanding -= 1 }
        submission.continuation.resume(returning: result)
    }

    private func endEverything() {
        let (submissions, waiters) = state.withLock { $0.finish() }
        for submission in submissions {
            finish(submission, .failure(.closed(sent: false)))
        }
        for waiter in waiters {
            waiter.resume()
        }
    }

    // MARK: Types

    /// Names one request to its canceller.
    final class Ticket: Sendable {
        let isCancelled = Atomic(false)
    }

    /// A request on its way to the thread, and the caller waiting for it.
    struct Submission: Sendable {
        let ticket: Ticket
        let request: PreparedRequest
        let continuation: CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>
    }

    /// The multi handle, so that other threads can hold it while they wake it up.
    ///
    /// Safety: used by the loop's thread alone, except for `wakeUp`, which libcurl allows from any thread. The state
    /// keeps it until the loop itself goes, so it is cleaned up when neither the thread nor a caller can use it any more.
    private final class SharedMulti: @unchecked Sendable {
        let multi: MultiHandle

        init(_ multi: consuming MultiHandle) {
            self.multi = multi
        }
    }

    /// The transfers in the multi handle, found by their tickets.
    private struct Running {
        private var transfers: [ObjectIdentifier: Transfer] = [:]

        var all: some Sequence<Transfer> { transfers.values }

        mutating func insert(_ transfer: Transfer) {
            transfers[ObjectIdentifier(transfer.submission.ticket)] = transfer
        }

        mutating func remove(_ transfer: Transfer) {
            transfers[ObjectIdentifier(transfer.submission.ticket)] = nil
        }

        mutating func take(_ ticket: Ticket) -> Transfer? {
            transfers.removeValue(forKey: ObjectIdentifier(ticket))
        }
    }

    /// What is new for the thread.
    private struct Work {
        var submissions: [Submission]
        var cancellations: [Ticket]
        var visitors: [CheckedContinuation<Void, Never>]
    }

    /// What callers leave for the thread.
    ///
    /// Bounded by `requestsMax`, as each request adds at most one submission and one cancellation; and by the number of
    /// those who look after the thread, each of whom waits for its visit to end.
    private struct State {
        var submissions: [Submission] = []
        var cancellations: [Ticket] = []
        var visitors: [CheckedContinuation<Void, Never>] = []
        var outstanding = 0
        var isStopping = false
        var isFinished = false
        var stopWaiters: [CheckedContinuation<Void, Never>] = []
        var thread: LoopThread?
        var multi: SharedMulti?

        /// Returns what is new, or nil once the thread is to end.
        mutating func takeWork() -> Work? {
            guard !isStopping else { return nil }
            defer {
                submissions.removeAll(keepingCapacity: true)
                cancellations.removeAll(keepingCapacity: true)
                visitors.removeAll(keepingCapacity: true)
            }
            return Work(submissions: submissions, cancellations: cancellations, visitors: visitors)
        }

        mutating func finish() -> (submissions: [Submission], waiters: [CheckedContinuation<Void, Never>]) {
            isFinished = true
            defer {
                submissions = []
                stopWaiters = []
                visitors = []
            }
            return (submissions, stopWaiters + visitors)
        }
    }
}
