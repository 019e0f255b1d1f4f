import Consent
import Dispatch
import Synchronization

import enum Journal.JournalError
import struct Journal.JournalKeys

/// Decodes a history on one thread and folds it on another, while its next records are read, checked and opened.
///
/// Records are handed over in runs, of which only a few are under way, so that the history's length does not matter.
final class HistoryFold: Sendable {
    private let read = Channel<Handover>()
    private let decoded = Channel<Handover>()
    // Queues of their own: a global one gives no more threads than there are processors, until a second has passed.
    private let decoding = DispatchQueue(label: "consentd.decode", qos: .userInitiated)
    private let folding = DispatchQueue(label: "consentd.fold", qos: .userInitiated)
    private let decoder = Mutex(HistoryDecoder())
    private let fold: Mutex<Fold>
    private let outcome = Mutex(Outcome())

    /// How many records are handed over at once.
    static let runLength = 512

    init(_ state: ConsentState) {
        fold = Mutex(Fold(state: state))
    }

    /// Takes what opens sealed secrets, before the first record.
    func use(_ keys: JournalKeys) {
        decoder.withLock { $0 = HistoryDecoder(keys: keys) }
    }

    /// Begins the two threads; what is submitted before `end` is theirs.
    func begin() {
        // One block each for the whole history: a queue goes on on whatever thread is free, where neither the allocator's
        // memory nor the caches are those of the block before.
        decoding.async { [self] in
            while let run = read.take() {
                decode(run)
                decoded.put(run)
            }
            decoded.end()
        }
        folding.async { [self] in
            while let run = decoded.take() { apply(run) }
        }
    }

    /// Waits for all that was submitted, and for both threads.
    func end() {
        read.end()
        folding.sync {}
    }

    /// Takes the next run, waits while many are under way, and leaves an earlier one's memory for the one after it.
    ///
    /// - Throws: what an earlier run failed with.
    func submit(_ run: inout HistoryRun) throws(JournalError) {
        let handover = Handover()
        handover.exchange(&run)
        read.put(handover)
        try check()
        outcome.withLock { $0.empty.popLast() }?.exchange(&run)
    }

    /// Decodes and folds a run here and now.
    func fold(_ run: inout HistoryRun) {
        let handover = Handover()
        handover.exchange(&run)
        decode(handover)
        apply(handover)
    }

    /// - Throws: what a run failed with.
    func check() throws(JournalError) {
        if let failure = outcome.withLock({ $0.failure }) { throw failure }
    }

    private func decode(_ handover: Handover) {
        // What is not needed any more goes on the thread that made it: between two threads the allocator has a lock.
        let spent = outcome.withLock { $0.takeSpent() }
        for handover in spent { handover.withRun { $0.removeAll() } }
        outcome.withLock { $0.empty += spent }
        decoder.withLock { decoder in handover.withRun { decoder.decode(&$0) } }
    }

    private func apply(_ handover: Handover) {
        let failure = fold.withLock { fold in handover.withRun { fold.apply(&$0) } }
        outcome.withLock { outcome in
            outcome.failure = outcome.failure ?? failure
            outcome.spent.append(handover)
        }
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

/// A run on its way between threads, never held twice: nothing in it is then copied when it changes.
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
    private var reader = ByteReader([])
    private var hasFailed = false
    /// Made of what was looked at ahead, which would not be looked at if nothing came of it.
    private var trace: UInt64 = 0

    init(state: ConsentState) {
        self.state = state
    }

    /// Applies the records up to the first that cannot be; returns why.
    mutating func apply(_ run: inout HistoryRun) -> JournalError? {
        guard !hasFailed else { return nil }
        trace &+= state.lookAhead(run.lookups)
        reader.exchange(&run.bytes)
        defer { reader.exchange(&run.bytes) }
        for place in run.steps.indices {
            let step = run.steps[place]
            do throws(RecordError) {
                try run.apply(step, from: &reader, to: &state)
            } catch {
                return fail(step.number, error)
            }
        }
        return run.fault.flatMap { fail($0.number, $0.error) }
    }

    private mutating func fail(_ number: UInt64, _ error: RecordError) -> JournalError {
        hasFailed = true
        return .refused(.init(rawValue: number), reason: "\(error)")
    }
}

private struct Outcome {
    var failure: JournalError?
    /// What has been applied.
    var spent: [Handover] = []
    /// What can be filled again.
    var empty: [Handover] = []

    mutating func takeSpent() -> [Handover] {
        defer { spent = [] }
        return spent
    }
}
