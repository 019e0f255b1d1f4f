import CCurl
import Glibc
import Synchronization

/// The thread that runs all transfers of one client, and the queue that leads to it.
///
/// Safety: `multi` is used by the loop's thread alone, except for `wakeUp`, which libcurl allows from any thread; it
/// lives as long as this object, which every caller of `wakeUp` holds. Everything else shared is behind the mutex.
final class TransferLoop: @unchecked Sendable {
    private let options: HTTPClientOptions
    private let multi: MultiHandle
    private let state = Mutex(State())

    init(options: HTTPClientOptions) throws(HTTPError) {
        self.options = options
        multi = try MultiHandle.make(options: options)
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
            multi.wakeUp()
        }
    }

    /// Abandons a request; one that has ended or was never submitted is left alone.
    func cancel(_ ticket: Ticket) {
        // The mark is for a cancellation that overtakes its own submission, the list for one that comes later.
        ticket.isCancelled.store(true, ordering: .releasing)
        state.withLock { $0.cancellations.append(ticket) }
        multi.wakeUp()
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
                multi.wakeUp()
            }
        }
    }

    /// Tells the thread to end every request and itself.
    func stop() {
        state.withLock { $0.isStopping = true }
        multi.wakeUp()
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
                multi.wakeUp()
            }
        }
    }

    /// Blocks until the thread is gone; only for after `stop`.
    func join() {
        state.withLock { $0.thread.take() }?.join()
    }

    // MARK: On the thread

    private func run() {
        var running = Running()
        while let work = state.withLock({ $0.takeWork() }) {
            for visitor in work.visitors {
                visitor.resume()
            }
            for submission in work.submissions {
                start(submission, in: &running)
            }
            for ticket in work.cancellations {
                if let transfer = running.take(ticket) {
                    abandon(transfer) { .cancelled(sent: $0) }
                }
            }
            multi.perform()
            while let (transfer, code) = multi.nextFinished() {
                running.remove(transfer)
                multi.remove(transfer.easy)
                finish(transfer.submission, transfer.result(code))
            }
            // A limit only so that a lost wake-up could never be for good.
            multi.poll(milliseconds: 60_000)
        }
        endEverything(running)
    }

    private func start(_ submission: Submission, in running: inout Running) {
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

    private func abandon(_ transfer: Transfer, as error: (_ sent: Bool) -> HTTPError) {
        let failure = error(transfer.mayHaveBeenSent)
        multi.remove(transfer.easy)
        finish(transfer.submission, .failure(failure))
    }

    private func finish(_ submission: Submission, _ result: Result<HTTPResponse, HTTPError>) {
        state.withLock { $0.outstanding -= 1 }
        submission.continuation.resume(returning: result)
    }

    private func endEverything(_ running: Running) {
        for transfer in running.all {
            abandon(transfer) { .closed(sent: $0) }
        }
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
