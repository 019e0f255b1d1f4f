import Consent
import Dispatch
import Synchronization

import enum Journal.JournalError

/// Folds a history on a thread of its own, while the next of its records are read, opened and decoded.
///
/// Records are handed over in runs, of which only a few wait, so that the history's length does not matter.
final class HistoryFold: Sendable {
    private let queue = DispatchQueue(label: "consentd.fold", qos: .userInitiated)
    private let room = DispatchSemaphore(value: 4)
    private let fold: Mutex<Fold>
    private let outcome = Mutex(Outcome())

    /// How many records are handed over at once.
    static let runLength = 1_024

    init(_ state: ConsentState) {
        fold = Mutex(Fold(state: state))
    }

    /// Takes the next run, waits while others do, and leaves an earlier one's memory for the one after it.
    ///
    /// - Throws: what an earlier run failed with.
    func submit(_ run: inout HistoryRun) throws(JournalError) {
        let handover = Handover()
        handover.exchange(&run)
        room.wait()
        queue.async { [self] in
            let failure = fold.withLock { fold in handover.withRun { fold.apply(&$0) } }
            outcome.withLock { outcome in
                outcome.failure = outcome.failure ?? failure
                outcome.spent.append(handover)
            }
            room.signal()
        }
        try check(reusing: &run)
    }

    private func check(reusing run: inout HistoryRun) throws(JournalError) {
        let (failure, spent) = outcome.withLock { outcome in
            defer { outcome.spent = [] }
            return (outcome.failure, outcome.spent)
        }
        // What is not needed any more goes on the thread that made it: between two threads the allocator has a lock.
        for handover in spent {
            handover.exchange(&run)
            run.removeAll()
        }
        if let failure { throw failure }
    }

    /// Waits for all that was submitted.
    ///
    /// - Throws: what a run failed with.
    func wait() throws(JournalError) {
        queue.sync {}
        var run = HistoryRun()
        try check(reusing: &run)
    }

    /// Gives the state up.
    func takeState() -> ConsentState {
        fold.withLock { fold in
            var state = ConsentState(limits: fold.state.limits)
            swap(&state, &fold.state)
            return state
        }
    }
}

/// A run on its way between the two threads, never held twice: nothing in it is then copied when it changes.
private final class Handover: Sendable {
    private let run = Mutex(HistoryRun())

    func exchange(_ other: inout HistoryRun) {
        run.withLock { swap(&$0, &other) }
    }

    func withRun<Result: Sendable>(_ body: (inout HistoryRun) -> Result) -> Result {
        run.withLock { body(&$0) }
    }
}

private struct Fold {
    var state: ConsentState
    var hasFailed = false

    /// Applies the records up to the first that cannot be; returns why.
    mutating func apply(_ run: inout HistoryRun) -> JournalError? {
        guard !hasFailed else { return nil }
        for place in run.steps.indices {
            let step = run.steps[place]
            do throws(RecordError) {
                try run.apply(step, to: &state)
            } catch {
                hasFailed = true
                return .refused(.init(rawValue: step.number), reason: "\(error)")
            }
        }
        return nil
    }
}

private struct Outcome {
    var failure: JournalError?
    /// What has been applied.
    var spent: [Handover] = []
}
