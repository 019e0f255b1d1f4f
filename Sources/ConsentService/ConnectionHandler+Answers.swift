import ConsentStore
import JSON
import JSONRPC
import NIOCore

extension ConnectionHandler {
    /// Sends what has gathered and goes on with what waited for it.
    func flush() {
        guard let context else { return }
        let drained = connection.drain()
        streamsAhead.formUnion(drained.streamed)
        write(drained.bytes, context)
        let publishes = answer(drained.published, context)
        service.tell(drained, of: connection)
        if drained.endedSlowCalls > 0 { forgetEndedCalls() }
        backlog.sent(drained)
        if gate.drained(drained, max: service.limits.unsyncedBytesPerConnectionMax) { context.read() }
        scanOn()
        perform(life.answered(drained.answeredCalls + publishes))
    }

    /// Writes the answers of publishes here and not where they come from, since the store's thread has the most to do.
    ///
    /// Gives how many were answered: not those whose time was over before.
    private func answer(_ published: [Connection.Published], _ context: ChannelHandlerContext) -> Int {
        guard !published.isEmpty else { return 0 }
        let now = NIODeadline.now()
        var count = 0
        for item in published where lonePublishes.remove(item.call) {
            service.count(item, now: now)
            item.write(to: &writer)
            count += 1
        }
        write(writer.take(), context)
        return count
    }

    /// Answers publishes that waited for the disk for too long; they go on.
    func expireLonePublishes(at now: NIODeadline) {
        guard let context else { return }
        let expired = lonePublishes.removeExpired(at: now)
        guard !expired.isEmpty else { return }
        for call in expired {
            Response.writeError(id: RequestID(echoing: call.correlation), .deadlineExceeded, to: &writer)
            writer.newline()
            service.meters.publish.ended(.deadlineExceeded, readAt: .uptimeNanoseconds(call.readAt), now: now)
        }
        write(writer.take(), context)
        perform(life.answered(expired.count))
    }

    private func forgetEndedCalls() {
        for (token, call) in slowCalls where !connection.isOpen(token) {
            call.cancel()
            slowCalls[token] = nil
            streamsAhead.remove(token)
        }
    }

    /// Lets watches go on once the peer has taken all there was, so that nothing piles up for one that does not read.
    private func continueStreams() {
        guard !streamsAhead.isEmpty, !stall.hasPendingWrites else { return }
        let tokens = streamsAhead
        let id = connection.id
        streamsAhead = []
        service.store?.perform { store in
            for token in tokens { store.continueWatch(connection: id, token: token) }
        }
    }

    /// Writes in pieces, so that a slow reader's progress can be told from none.
    private func write(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        guard !bytes.isEmpty else { return }
        let pieceBytes = 64 << 10
        for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
            let piece = bytes[start..<min(start + pieceBytes, bytes.count)]
            let promise = context.eventLoop.makePromise(of: Void.self)
            stall.began()
            life.sending()
            promise.futureResult.assumeIsolated().whenComplete { [weak self] _ in self?.sent() }
            context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: piece)), promise: promise)
        }
        context.flush()
        watchProgress(context)
    }

    private func sent() {
        stall.ended()
        continueStreams()
        perform(life.sent())
    }

    private func watchProgress(_ context: ChannelHandlerContext) {
        guard stall.needsWatch else { return }
        stall.watch()
        let limit = TimeAmount(service.limits.writeStall)
        context.eventLoop.assumeIsolated().scheduleTask(in: limit) { [weak self] in
            guard let self, let context = self.context else { return }
            if stall.expired() { context.close(promise: nil) } else { watchProgress(context) }
        }
    }

    func perform(_ action: ConnectionLife.Action) {
        guard let context else { return }
        switch action {
        case .none: return
        case .close: context.close(promise: nil)
        case .closeOutput:
            context.close(mode: .output, promise: nil)
            let timeout = TimeAmount(service.limits.drainTimeout)
            context.eventLoop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in
                self?.context?.close(promise: nil)
            }
        }
    }
}
