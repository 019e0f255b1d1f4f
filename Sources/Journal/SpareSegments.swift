import Dispatch
import Synchronization
import SystemPackage

/// Makes the next segment's file ready while the current one is written.
///
/// Overwriting zeros that are on the disk spares each sync the file system's own journal.
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
            queue.async { self.prepare() }
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

    /// How many bytes the prepared file takes on the disk.
    var readyByteCount: Int {
        state.withLock { $0.ready == nil ? 0 : byteCount }
    }

    /// Ends preparation and waits for it.
    func stop() {
        state.withLock { $0.isStopped = true }
        queue.sync {}
    }

    private func prepare() {
        let file = try? fill()
        state.withLock { state in
            state.isPreparing = false
            state.ready = file
        }
    }

    /// Writes zeros piece by piece, so that the device is never busy with all of them at once.
    private func fill() throws -> any JournalFile {
        guard try directory.files.freeBytes(directory.path) - byteCount >= freeBytesMin else { throw Errno.noSpace }
        try directory.remove(JournalName.spare)
        let file = try directory.open(JournalName.spare, .createNew)
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
            return file
        } catch {
            try directory.remove(JournalName.spare)
            throw error
        }
    }

    private static let pieceByteCount = 1 << 20

    private struct State {
        var ready: (any JournalFile)?
        var isPreparing = false
        var isStopped = false
    }
}
