import ConsentAPI
import ConsentStore
import JSONRPC
import NIOCore

extension ConnectionHandler {
    func openSlow(_ call: IncomingCall, _ metadata: CallMetadata) -> UInt64 {
        var open = OpenCall(target: call.target, meter: call.meter, readAt: readAt, isSlow: true)
        open.traceparent = metadata.traceparent
        return connection.register(open)
    }

    /// Keeps a call that is answered as soon as the store comes to it, with the time that its caller has.
    ///
    /// `byteCount` is what it holds of the bytes that may wait for the store, where nothing else counts them.
    func openQuick(_ call: IncomingCall, _ metadata: CallMetadata, holding byteCount: Int = 0) -> UInt64 {
        let deadline = readAt + TimeAmount(metadata.timeout ?? CallMetadata.timeoutDefault)
        expireQuickCalls(at: deadline)
        if byteCount > 0 {
            backlog.opened()
            gate.addUnsynced(byteCount, max: service.limits.unsyncedBytesPerConnectionMax)
        }
        return connection.register(
            OpenCall(
                target: call.target,
                meter: call.meter,
                readAt: readAt,
                isSlow: false,
                heldBytes: byteCount,
                deadline: deadline,
                traceparent: metadata.traceparent
            )
        )
    }

    /// Gives a publish that only waits for the disk the time that every call has.
    func expireLater(_ call: PublishCall) {
        lonePublishes.add(call)
        expireQuickCalls(at: LonePublishes.deadline(call))
    }

    private func expireQuickCalls(at deadline: NIODeadline) {
        if let sweep, sweep.deadline <= deadline { return }
        sweep?.task.cancel()
        guard let loop = context?.eventLoop else { return }
        let task = loop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            sweep = nil
            let now = NIODeadline.now()
            expireLonePublishes(at: now)
            let next = [connection.expireQuickCalls(at: now), lonePublishes.deadline].compactMap(\.self).min()
            if let next { expireQuickCalls(at: next) }
            connection.scheduleFlush()
        }
        sweep = Sweep(deadline: deadline, task: task)
    }

    func expire(_ token: UInt64, after timeout: Duration?, _ expiry: Execution.Expiry) {
        slowCalls[token] = SlowCall()
        guard let context, let timeout else { return }
        let waiting = Execution.Waiting(connection: connection, token: token)
        slowCalls[token]?.deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(timeout)) {
            [weak self, service] in
            switch expiry {
            case .ask(let body):
                service.store?.perform { body($0, waiting) }
                self?.expireUnlessAnswered(waiting)
            case .fail(let error):
                waiting.answer(.failure(error))
                service.store?.perform { $0.forgetWait(connection: waiting.connection.id, token: token) }
            }
        }
    }

    /// Answers a wait without the store where that does not come round to it: its thread may hang in a sync.
    private func expireUnlessAnswered(_ waiting: Execution.Waiting) {
        guard let context, slowCalls[waiting.token] != nil else { return }
        let grace = TimeAmount(service.limits.storeGrace)
        slowCalls[waiting.token]?.deadline = context.eventLoop.scheduleTask(in: grace) { [service] in
            waiting.connection.expire(token: waiting.token)
            waiting.connection.scheduleFlush()
            service.store?.perform { $0.forgetWait(connection: waiting.connection.id, token: waiting.token) }
        }
    }
}
