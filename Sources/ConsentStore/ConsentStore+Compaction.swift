import Consent
import Dispatch
import Journal
import Synchronization
import SystemPackage

/// Snapshots that stand for the log before them: written beside the store's thread, from a view that it does not wait for.
extension ConsentStore {
    /// Looks once whether the processes before left much to be replayed, or erasures.
    func compactAtStart() {
        log.uncheckedByteCount = Self.checkByteCount
        compactIfDue()
    }

    /// Begins a snapshot if one is due; called whenever enough was written, and for every erasure.
    func compactIfDue() {
        guard log.uncheckedByteCount >= Self.checkByteCount || state.erasures.pendingCount > 0 || isShort else {
            return
        }
        log.uncheckedByteCount = 0
        guard failure == nil, !isStopping else { return }
        let statistics = log.statistics
        let need = CompactionSchedule.Need(
            logByteCount: statistics.logByteCount,
            snapshotByteCount: statistics.snapshotByteCount,
            segmentByteCount: log.segmentByteCount,
            segmentCount: statistics.segmentCount,
            isShort: isShort,
            oldestErasure: state.erasures.oldestPending,
            erasureDeadline: limits.erasureDeadline
        )
        let instant = ContinuousClock.now
        if compaction.isDue(need, at: moment, instant) {
            beginCompaction()
        } else if let pausedUntil = compaction.pausedUntil, need.oldestErasure != nil, !compaction.isRunning {
            checkAgain(after: instant.duration(to: pausedUntil))
        }
    }

    /// Begins a snapshot, whether it is due or not; false while one is being written.
    @discardableResult
    package func beginCompaction() -> Bool {
        guard failure == nil, !isStopping, !compaction.isRunning else { return false }
        let snapshot: SnapshotWriter
        do throws(JournalError) {
            snapshot = try log.beginSnapshot()
        } catch {
            if case .full = error {
                compaction.finish(false, at: .now)
            } else {
                fail(error)
            }
            return false
        }
        compaction.begin(at: .now)
        let view = StateView(state)
        let keys = log.keys
        let erasedThrough = state.erasures.newestPending
        let isCancelled = compactionCancellation
        snapshotQueue.async { [weak self] in
            let result = view.write(with: snapshot, keys: keys) { isCancelled.isSet }
            self?.perform { $0.finishCompaction(result, erasedThrough: erasedThrough) }
        }
        return true
    }

    /// Whether a snapshot is being written.
    package var isCompacting: Bool { compaction.isRunning }

    /// Lets a snapshot stand for the log before it; for erasures, nothing older is left.
    private func finishCompaction(
        _ result: Result<FinishedSnapshot, JournalError>,
        erasedThrough: Consent.SequenceNumber?
    ) {
        guard failure == nil, !isStopping else { return }
        do throws(JournalError) {
            let snapshot = try result.get()
            try log.adopt(snapshot, keepingPrevious: erasedThrough == nil)
            if erasedThrough != nil { try log.dropPrevious() }
        } catch {
            compaction.finish(false, at: .now)
            if let syncFailure = log.syncFailure { return fail(syncFailure) }
            // A snapshot that could not be written changed nothing; a journal that could not adopt it is done for.
            if case .failure = result { return }
            if case .full = error { return }
            fail(error)
            return
        }
        compaction.finish(true, at: .now)
        isShort = false
        if let erasedThrough {
            // Where there is no room for it, the erasure is merely complete once more later.
            _ = Result { () throws(StoreError) in
                try commit(.erasuresCompleted(through: erasedThrough, at: moment))
            }
        }
    }

    private func checkAgain(after pause: Duration) {
        guard !isCheckScheduled else { return }
        isCheckScheduled = true
        let milliseconds = max(1, Int(pause / .milliseconds(1)) + 1)
        snapshotQueue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in
            self?.perform { store in
                store.isCheckScheduled = false
                store.compactIfDue()
            }
        }
    }

    /// How much is written between two looks at the size of the log.
    private static var checkByteCount: Int { 1 << 20 }
}

/// Tells another thread to stop early.
final class Cancellation: Sendable {
    private let flag = Atomic(false)

    var isSet: Bool { flag.load(ordering: .relaxed) }

    func set() {
        flag.store(true, ordering: .relaxed)
    }
}

extension StateView {
    /// Writes every part of the state, and leaves nothing behind where that fails.
    func write(
        with snapshot: SnapshotWriter,
        keys: JournalKeys?,
        isCancelled: () -> Bool
    ) -> Result<FinishedSnapshot, JournalError> {
        var snapshot = snapshot
        var writer = ByteWriter(keys: keys)
        do throws(JournalError) {
            try forEachRecord { (record) throws(JournalError) in
                guard !isCancelled() else { throw .io(.canceled, during: "snapshot") }
                try snapshot.append(RecordKind(rawValue: record.kind)) { buffer in
                    swap(&writer.bytes, &buffer)
                    record.encode(to: &writer)
                    swap(&writer.bytes, &buffer)
                }
            }
            return .success(try snapshot.finish())
        } catch {
            // What cannot be removed now is removed at the next start.
            _ = Result { () throws(JournalError) in try snapshot.discard() }
            return .failure(error)
        }
    }
}
