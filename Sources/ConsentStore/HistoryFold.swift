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

    /// A record with its number, in the snapshot or in the log.
    enum Step {
        case snapshot(StateRecord, UInt64)
        case log(Record, SequenceNumber)
    }

    /// How many steps are handed over at once.
    static let runLength = 1_024

    init(_ state: ConsentState) {
        fold = Mutex(Fold(state: state))
    }

    /// Takes the next run; waits while others do.
    ///
    /// - Throws: what an earlier run failed with.
    func submit(_ run: [Step]) throws(JournalError) {
        room.wait()
        queue.async { [self] in
            let failure = fold.withLock { $0.apply(run) }
            outcome.withLock { outcome in
                outcome.failure = outcome.failure ?? failure
                outcome.spent.append(run)
            }
            room.signal()
        }
        try check()
    }

    private func check() throws(JournalError) {
        // What is not needed any more goes on the thread that made it: between two threads the allocator has a lock.
        let (failure, spent) = outcome.withLock { outcome in
            defer { outcome.spent = [] }
            return (outcome.failure, outcome.spent)
        }
        withExtendedLifetime(spent) {}
        if let failure { throw failure }
    }

    /// Waits for all that was submitted.
    ///
    /// - Throws: what a run failed with.
    func wait() throws(JournalError) {
        queue.sync {}
        try check()
    }

    /// Gives the state up.
    func takeState() -> ConsentState {
        fold.withLock { fold in
            var state = ConsentState(limits: fold.state.limits)
            swap(&state, &fold.state)
            return state
        }
    }

    private struct Fold {
        var state: ConsentState
        var hasFailed = false

        /// Applies the steps up to the first that cannot be; returns why.
        mutating func apply(_ run: [Step]) -> JournalError? {
            for index in run.indices where !hasFailed {
                do throws(RecordError) {
                    // In place: a copy would cost as much as applying it.
                    try apply(run[index])
                } catch {
                    hasFailed = true
                    return .refused(.init(rawValue: run[index].number), reason: "\(error)")
                }
            }
            return nil
        }

        private mutating func apply(_ step: Step) throws(RecordError) {
            switch step {
            case .snapshot(let record, _): try state.restore(record)
            case .log(let record, let number):
                try state.apply(record, at: number)
                // What the replay stirs up concerns nobody yet.
                state.effects.removeAll()
            }
        }
    }
}

private struct Outcome {
    var failure: JournalError?
    /// What has been applied.
    var spent: [[HistoryFold.Step]] = []
}

extension HistoryFold.Step {
    fileprivate var number: UInt64 {
        switch self {
        case .snapshot(_, let number): number
        case .log(_, let number): number.rawValue
        }
    }
}
