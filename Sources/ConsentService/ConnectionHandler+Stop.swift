import ConsentStore
import Glibc
import NIOCore
import NIOPosix

extension ConnectionHandler {
    /// Answers what has arrived and closes.
    ///
    /// What the kernel holds for this connection is read once more, since no later start can: only connections that
    /// nobody has accepted yet stay for it.
    func stop() {
        backlog.isUnlimited = gate.takesAnswers
        if backlog.isHeldUp { scan() }
        readRest()
        gate.close()
        let id = connection.id
        service.store?.perform { $0.stopWaits(of: id) }
        for (token, call) in slowCalls {
            if let end = call.end { connection.answer(token: token, .success(end)) }
        }
        perform(life.stopping())
        connection.scheduleFlush()
    }

    private func readRest() {
        guard let context, gate.takesRest, !life.isDraining, !life.isInputClosed else { return }
        // The transport can only be missing where there is no socket, and then there is nothing to read.
        _ = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            readRest(from: $0)
        }
    }

    /// Reads until nothing is there, the peer has ended, or the limit is reached: a peer that never pauses must not
    /// hold up the stop.
    private func readRest(from descriptor: CInt) {
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        var left = service.limits.restBytesMax
        while left > 0, !life.isDraining {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                // Safety: the kernel writes no more than the buffer holds, during the call.
                unsafe recv(descriptor, buffer.baseAddress, min(buffer.count, left), Int32(MSG_DONTWAIT))
            }
            if count == 0 { return finishInput() }
            guard count > 0 else {
                if errno == EINTR { continue }
                return
            }
            take(unsafe chunk.span.extracting(..<count).bytes)
            left -= count
        }
    }
}
