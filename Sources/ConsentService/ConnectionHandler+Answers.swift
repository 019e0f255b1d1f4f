import ConsentStore
import JSON
import NIOCore

extension ConnectionHandler {
    /// Sends what has gathered and goes on with what waited for it.
    func flush() {
        guard let context else { return }
        let drained = connection.drain()
        streamsAhead.formUnion(drained.streamed)
        write(drained.bytes, context)
        write(drained.published, context)
        service.tell(drained, of: connection)
        if drained.endedSlowCalls > 0 { forgetEndedCalls() }
        backlog.sent(drained)
        if gate.drained(drained, max: service.limits.unsyncedBytesPerConnectionMax) { context.read() }
        scanOn()
        perform(life.answered(drained.answeredCalls))
    }

    /// Writes the answers of publishes here and not where they come from, since the store's thread has the most to do.
    private func write(_ published: [Connection.Published], _ context: ChannelHandlerContext) {
        guard !published.isEmpty else { return }
        for item in published { item.write(to: &writer) }
        write(writer.take(), context)
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
