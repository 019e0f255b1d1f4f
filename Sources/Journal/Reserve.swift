import Dispatch
import Synchronization
import SystemPackage

/// Space on the disk that is given up so that erasure and compaction work when nothing else is left.
final class Reserve: Sendable {
    private let directory: JournalDirectory
    private let byteCount: Int
    private let freeBytesMin: Int
    private let isImmediate: Bool
    private let queue = DispatchQueue(label: "journal.reserve", qos: .utility)
    private let state = Mutex(State())

    init(directory: JournalDirectory, options: JournalOptions) {
        self.directory = directory
        byteCount = options.reserveBytes
        freeBytesMin = options.freeBytesMin
        isImmediate = options.preparation != .background
        request()
    }

    var isReady: Bool { state.withLock { $0.isReady } }

    /// Why a sync of the space that was being set aside failed, which ends the journal like any other failed sync.
    var syncFailure: Errno? { state.withLock { $0.syncFailure } }

    /// Begins to set the space aside unless that was done or is under way.
    func request() {
        guard byteCount > 0 else { return }
        let isNeeded = state.withLock { state in
            guard !state.isReady, !state.isBusy, !state.isStopped else { return false }
            guard state.callsToSkip == 0 else {
                state.callsToSkip -= 1
                return false
            }
            state.isBusy = true
            return true
        }
        guard isNeeded else { return }
        if isImmediate {
            fill()
        } else {
            queue.async { self.fill() }
        }
    }

    /// Gives the space back to the file system; false if there was none.
    func release() throws(JournalError) -> Bool {
        guard byteCount > 0 else { return false }
        let wasReady = state.withLock { state in
            defer { state.isReady = false }
            state.callsToSkip = Self.patience
            return state.isReady
        }
        guard wasReady else { return false }
        try directory.remove(JournalName.reserve)
        try directory.sync()
        return true
    }

    /// Ends the work and waits for it.
    func stop() {
        cancel()
        queue.sync {}
    }

    /// Ends the work as soon as its present step is over.
    func cancel() {
        state.withLock { $0.isStopped = true }
    }

    private func fill() {
        let result = Result { () throws(ZeroFile.Failure) in try make() }
        state.withLock { state in
            state.isBusy = false
            switch result {
            case .success: state.isReady = true
            case .failure(.sync(let errno)): state.syncFailure = errno
            case .failure(.unavailable): state.callsToSkip = Self.patience
            }
        }
    }

    private func make() throws(ZeroFile.Failure) {
        let zeros = ZeroFile(
            directory: directory,
            name: JournalName.reserve,
            byteCount: byteCount,
            freeBytesMin: freeBytesMin
        )
        guard zeros.existing() == nil else { return }
        _ = try zeros.make { state.withLock { $0.isStopped } }
    }

    /// How many commits pass before it is tried again.
    private static let patience = 1_000

    private struct State {
        var isReady = false
        var isBusy = false
        var isStopped = false
        var callsToSkip = 0
        var syncFailure: Errno?
    }
}
