import Glibc
import NIOCore
import NIOPosix

extension ConsentServer {
    /// Stops taking connections if there is none, neither open nor waiting; else everything stays as it was.
    ///
    /// After true, whoever connects waits in the backlog, which is the service manager's under socket activation: the
    /// next start serves it.
    package func pauseIfIdle() async throws -> Bool {
        try await setReading(false)
        if connectionCount == 0, try await !hasWaitingConnection() { return true }
        try await setReading(true)
        return false
    }

    /// Returns once the loop that serves the connections has come round.
    package func heartbeat() async throws {
        try await eventLoop.submit {}.get()
    }

    private func setReading(_ isReading: Bool) async throws {
        for listener in currentListeners { try await listener.setOption(.autoRead, value: isReading).get() }
    }

    private func hasWaitingConnection() async throws -> Bool {
        for listener in currentListeners {
            let isWaiting = try await listener.eventLoop.submit {
                try listener.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                    var request = pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
                    // Safety: the kernel reads and writes the one entry during the call.
                    return unsafe poll(&request, 1, 0) != 0
                }
            }.get()
            if isWaiting ?? true { return true }
        }
        return false
    }
}
