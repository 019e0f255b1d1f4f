import Dispatch
import Synchronization
import SystemPackage

/// Makes the next segment's file ready while the current one is written.
///
/// Overwriting zeros that are on the disk spares each sync the file system's own journal. A file that a process did not
/// come to use is there for the next one, so that a start writes none.
final class SpareSegments: Sendable {
    private let directory: JournalDirectory
    private let byteCount: Int
    private let freeBytesMin: Int
    private let preparation: JournalOptions.Preparation
    private let queue = DispatchQueue(label: "journal.spare", qos: .utility)
    private let state = Mutex(State())

    init(directory: JournalDirectory, options: JournalOptions) {
        self.directory = directory
        byteCount = options.segmentBytes
        freeBytesMin = options.freeBytesMin
        preparation = options.preparation
    }

    /// Begins to prepare a file unless one is ready or on its way.
    func request() {
        guard preparation != .never else { return }
        let isNeeded = state.withLock { state in
            guard state.ready == nil, !state.isPreparing, !state.isStopped else { return false }
            state.isPreparing = true
            return true
        }
        guard isNeeded else { return }
        if preparation == .background {
            // At the start of a process others have more need of disk and processor.
            let delay: DispatchTimeInterval = state.withLock { $0.hasPrepared } ? .seconds(0) : .seconds(1)
            queue.asyncAfter(deadline: .now() + delay) { self.prepare() }
        } else {
            prepare()
        }
    }

    /// Hands over the prepared file, if there is one.
    func take() -> (any JournalFile)? {
        state.withLock { state in
            defer { state.ready = nil }
            return state.ready
        }
    }

    /// Why a sync of a file in preparation failed, which ends the journal like any other failed sync.
    var syncFailure: Errno? {
        state.withLock { $0.syncFailure }
    }

    /// How many bytes the prepared file takes on the disk.
    var readyByteCount: Int {
        state.withLock { $0.ready == nil ? 0 : byteCount }
    }

    /// Removes the file that an earlier process left, where there is no room for one.
    func discard() throws(JournalError) {
        try directory.remove(JournalName.spare)
    }

    /// Ends preparation and waits for it.
    func stop() {
        cancel()
        queue.sync {}
    }

    /// Ends preparation as soon as its present step is over.
    func cancel() {
        state.withLock { $0.isStopped = true }
    }

    private func prepare() {
        guard !state.withLock({ $0.isStopped }) else { return }
        let zeros = ZeroFile(
            directory: directory,
            name: JournalName.spare,
            byteCount: byteCount,
            freeBytesMin: freeBytesMin
        )
        // Later on, a file of that name is one that was taken and found no use.
        let isFirst = state.withLock { !$0.hasPrepared }
        let result = Result { () throws(ZeroFile.Failure) in
            if isFirst, let file = zeros.existing() { return file }
            return try zeros.make { state.withLock { $0.isStopped } }
        }
        state.withLock { state in
            state.isPreparing = false
            state.hasPrepared = true
            switch result {
            case .success(let file): state.ready = file
            case .failure(.sync(let errno)): state.syncFailure = errno
            // Without it the next segment grows: slower, not less safe.
            case .failure(.unavailable): break
            }
        }
    }

    private struct State {
        var ready: (any JournalFile)?
        var isPreparing = false
        var hasPrepared = false
        var isStopped = false
        var syncFailure: Errno?
    }
}
