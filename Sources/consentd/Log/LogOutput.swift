import Glibc
import Synchronization

/// Lines on standard error, which never wait for whoever reads them.
///
/// What has no room is dropped and counted, and the next line that has is led by the count: a reader that stopped
/// must not stop the daemon.
final class LogOutput: Sendable {
    static let standardError = LogOutput(descriptor: STDERR_FILENO)

    private let descriptor: CInt
    /// Held while the kernel takes a piece, which it does without waiting: two threads that saw the same room would
    /// fill it twice.
    private let state = Mutex(State())

    private struct State {
        var droppedLines = 0
        /// Whether the last piece that got through ended inside a line.
        var isInsideLine = false
    }

    init(descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// Writes whole lines, so that those of other threads never come between the halves of one.
    func write(_ lines: [UInt8]) {
        state.withLock { state in
            guard state.droppedLines == 0 || announceDropped(&state) else {
                state.droppedLines += Self.lineCount(lines[...])
                return
            }
            var rest = lines[...]
            while !rest.isEmpty {
                let piece = Self.firstPiece(of: rest)
                guard let count = writePiece(piece) else {
                    state.droppedLines += Self.lineCount(rest)
                    return
                }
                state.isInsideLine = piece.prefix(count).last != UInt8(ascii: "\n")
                rest = rest.dropFirst(count)
            }
        }
    }

    private func announceDropped(_ state: inout State) -> Bool {
        let count = state.droppedLines
        let end = state.isInsideLine ? "\n" : ""
        let noun = count == 1 ? "line was" : "lines were"
        let bytes = Array("\(end)warning: \(count) \(noun) dropped, since standard error took no more\n".utf8)
        guard let written = writePiece(bytes[...]) else { return false }
        state.droppedLines = 0
        state.isInsideLine = written < bytes.count
        return true
    }

    /// Whole lines as far as the kernel takes them at once, or the beginning of a line that is longer.
    private static func firstPiece(of lines: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let piece = lines.prefix(Int(PIPE_BUF))
        guard piece.count < lines.count, let end = piece.lastIndex(of: UInt8(ascii: "\n")) else { return piece }
        return piece[...end]
    }

    private static func lineCount(_ lines: ArraySlice<UInt8>) -> Int {
        lines.count { $0 == UInt8(ascii: "\n") }
    }

    /// Gives how much was taken; nil where nothing is taken now.
    private func writePiece(_ piece: ArraySlice<UInt8>) -> Int? {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Safety: the kernel reads and writes the one entry during the call.
        guard unsafe poll(&request, 1, 0) == 1, request.revents & Int16(POLLOUT) != 0 else { return nil }
        // A pipe that has room takes so much at once, and a file always does.
        // Safety: the bytes live for the call.
        let count = unsafe piece.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        return count > 0 ? count : nil
    }
}
