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
        state.withLock { $0.isStopped = true }
        queue.sync {}
    }

    private func fill() {
        let isReady = (try? write()) != nil
        state.withLock { state in
            state.isBusy = false
            state.isReady = isReady
            if !isReady { state.callsToSkip = Self.patience }
        }
    }

    private func write() throws {
        let status = try? directory.files.status(directory.path.appending(JournalName.reserve))
        if let status, status.kind == .file, status.byteCount == byteCount { return }
        guard try directory.files.freeBytes(directory.path) - byteCount >= freeBytesMin else { throw Errno.noSpace }
        let temporary = JournalName.reserve + JournalName.temporarySuffix
        try directory.remove(temporary)
        let file = try directory.open(temporary, .createNew)
        do {
            let piece = [UInt8](repeating: 0, count: min(byteCount, Self.pieceByteCount))
            var offset = 0
            while offset < byteCount {
                guard !state.withLock({ $0.isStopped }) else { throw Errno.canceled }
                let count = min(piece.count, byteCount - offset)
                try file.writeAll(unsafe piece.span.bytes.extracting(0..<count), at: offset)
                try file.syncData()
                offset += count
            }
            try directory.rename(temporary, to: JournalName.reserve)
        } catch {
            try directory.remove(temporary)
            throw error
        }
    }

    private static let pieceByteCount = 1 << 20
    /// How many commits pass before it is tried again.
    private static let patience = 1_000

    private struct State {
        var isReady = false
        var isBusy = false
        var isStopped = false
        var callsToSkip = 0
    }
}
