import Consent
import ConsentAPI
import ConsentStore
import JSON
import JSONRPC
import NIOCore

extension ConnectionHandler {
    /// Takes the text that the scanner has just completed.
    func receive(_ now: Timestamp) {
        switch Message.parse(scanner.document) {
        case .single(let item): receive(item, { $0.map { .single($0) } ?? .nowhere }, now)
        case .batch(let items):
            life.accepted()
            let batch = BatchReply(count: items.count)
            for (index, item) in items.enumerated() {
                receive(item, { .batch(batch, index: index, $0) }, now)
            }
        }
    }

    /// `target` makes an id a destination; a notification in a batch has a place there but no id.
    private func receive(_ item: Message.Item, _ target: (RequestID?) -> ReplyTarget, _ now: Timestamp) {
        switch item {
        case .invalid(let invalid): answer(target(invalid.id), .failure(invalid.error))
        case .request(let request):
            let target = target(request.id)
            if request.method == PublishConsent.name {
                publish(request, target, now)
            } else {
                call(request, target, now)
            }
        }
    }

    private func answer(_ target: ReplyTarget, _ result: Result<any JSONEncodable & Sendable, ErrorObject>) {
        if !target.isInBatch { life.accepted() }
        backlog.gathered(connection.answer(target, result))
    }

    private func publish(_ request: Request, _ target: ReplyTarget, _ now: Timestamp) {
        let method: PublishConsent
        do throws(ErrorObject) {
            method = try PublishConsent.decode(scanner.document, request.params, now: now)
            if let outage = service.outage { throw outage.error }
        } catch {
            refuse(request, target, error)
            return
        }
        let waits = method.waitFor == .delivered && !target.isNowhere
        guard !waits || gate.takeSlowCall(max: service.limits.slowCallsPerConnectionMax) else {
            answer(target, .failure(.tooManyCalls(service.limits.slowCallsPerConnectionMax)))
            return
        }
        if !target.isInBatch { life.accepted() }
        let byteCount = scanner.document.rawByteCount(request.item)
        gate.addUnsynced(byteCount, max: service.limits.unsyncedBytesPerConnectionMax)
        var token: UInt64 = 0
        var correlation = ""
        let timeout = method.metadata.timeout
        if case .single(let id) = target, !waits, timeout == nil {
            correlation = id.text
        } else {
            token = waits ? openSlow(target) : openQuick(target, timeout)
        }
        let call = PublishCall(
            incoming: IncomingEvent(
                event: method.event,
                digest: ContentDigest(method.digest),
                idempotencyKey: method.metadata.idempotencyKey,
                configurations: method.configurationIDs
            ),
            waitsForDelivery: waits,
            receiver: connection,
            token: token,
            correlation: correlation,
            byteCount: byteCount
        )
        entries.append(.publish(call))
        if waits { expire(token, after: timeout ?? CallMetadata.timeoutDefault, .fail(.deadlineExceeded)) }
    }

    private func call(_ request: Request, _ target: ReplyTarget, _ now: Timestamp) {
        do throws(ErrorObject) {
            let (execution, metadata) = try service.methods.prepare(
                request,
                in: scanner.document,
                peer: connection.peer,
                role: connection.role,
                context: service.decodingContext(now)
            )
            execute(execution.refused(during: service.outage), request, target, metadata)
        } catch {
            refuse(request, target, error)
        }
    }

    private func refuse(_ request: Request, _ target: ReplyTarget, _ error: ErrorObject) {
        if var entry = auditEntry(for: request) {
            entry.status = error.status.name
            connection.audit(entry)
        }
        answer(target, .failure(error))
    }

    /// The beginning of an entry for a call that changes something, if anyone wants to be told.
    private func auditEntry(for request: Request) -> AuditEntry? {
        guard service.audit != nil, AuditEntry.methods.contains(request.method) else { return nil }
        return AuditEntry(request.method, by: connection.peer, on: connection.role)
    }

    private func execute(
        _ execution: Execution,
        _ request: Request,
        _ target: ReplyTarget,
        _ metadata: CallMetadata
    ) {
        switch execution {
        case .answer(let value): answer(target, .success(value))
        case .fail(let error): refuse(request, target, error)
        case .store(let body): run(body, request, target, metadata)
        case .wait(let wait): self.wait(wait, target, metadata)
        case .hold(let hold): self.hold(hold, target, metadata)
        case .report(let body): report(body, request, target, metadata)
        case .cancel: cancel(request, target)
        }
    }

    private func run(
        _ body: @escaping @Sendable (isolated ConsentStore) throws -> any JSONEncodable & Sendable,
        _ request: Request,
        _ target: ReplyTarget,
        _ metadata: CallMetadata
    ) {
        if !target.isInBatch { life.accepted() }
        let token = openQuick(target, metadata.timeout, holding: scanner.document.rawByteCount(request.item))
        let entry = auditEntry(for: request)
        let start = ContinuousClock.now
        entries.append(
            .call { [connection] store in
                let result = Result { try body(store) }.mapError { ErrorObject(anyError: $0) }
                if var entry {
                    entry.finish(result, after: start.duration(to: .now))
                    connection.audit(entry)
                }
                connection.answer(token: token, result)
                connection.scheduleFlush()
            }
        )
    }

    private func wait(_ wait: Execution.Wait, _ target: ReplyTarget, _ metadata: CallMetadata) {
        guard let token = beginSlowCall(target, isStream: wait.stream != nil) else { return }
        let waiting = Execution.Waiting(connection: connection, token: token)
        entries.append(.call { wait.begin($0, waiting) })
        let timeout = metadata.timeout ?? (wait.stream == nil ? CallMetadata.timeoutDefault : nil)
        expire(token, after: timeout, wait.expiry)
        guard let stream = wait.stream, let heartbeat = stream.heartbeat, let context else { return }
        let interval = TimeAmount(heartbeat)
        slowCalls[token]?.heartbeat = context.eventLoop.scheduleRepeatedTask(
            initialDelay: interval,
            delay: interval
        ) { [service] _ in
            service.store?.perform { stream.beat($0, waiting) }
        }
    }

    private func hold(_ hold: Execution.Hold, _ target: ReplyTarget, _ metadata: CallMetadata) {
        guard let token = beginSlowCall(target, isStream: true) else { return }
        expire(token, after: metadata.timeout, .fail(.deadlineExceeded))
        slowCalls[token]?.end = hold.end
        connection.notify(token: token, hold.method) { [hold.params($0)] }
    }

    /// Takes a call that may wait; nil where it was answered because it cannot be.
    private func beginSlowCall(_ target: ReplyTarget, isStream: Bool) -> UInt64? {
        if isStream {
            if target.isInBatch {
                answer(target, .failure(.watchInBatch))
                return nil
            }
            if target.isNowhere {
                answer(target, .success(Empty()))
                return nil
            }
        }
        guard gate.takeSlowCall(max: service.limits.slowCallsPerConnectionMax) else {
            answer(target, .failure(.tooManyCalls(service.limits.slowCallsPerConnectionMax)))
            return nil
        }
        if !target.isInBatch { life.accepted() }
        return openSlow(target)
    }

    private func report(
        _ body: @escaping @Sendable (ServiceReport) -> any JSONEncodable & Sendable,
        _ request: Request,
        _ target: ReplyTarget,
        _ metadata: CallMetadata
    ) {
        if !target.isInBatch { life.accepted() }
        let token = openQuick(target, metadata.timeout, holding: scanner.document.rawByteCount(request.item))
        let wish = StatusReporter.Request { [connection] in
            connection.isOpen(token)
        } answer: { [connection] report in
            connection.answer(token: token, .success(body(report)))
            connection.scheduleFlush()
        }
        guard service.store != nil else { return service.reporter.submit(wish) }
        entries.append(.call { [reporter = service.reporter] _ in reporter.submit(wish) })
    }

    /// Ends the calls that have the id that the parameters name, byte for byte.
    private func cancel(_ request: Request, _ target: ReplyTarget) {
        let id = cancelledID(request)
        let tokens = slowCalls.keys.filter { id != nil && connection.requestID(of: $0) == id }
        for token in tokens { connection.answer(token: token, .failure(.cancelled)) }
        answer(target, .success(Empty()))
        forgetWaits(tokens)
    }

    /// Lets the store forget calls that were answered without it, after whatever it still has to do for them.
    private func forgetWaits(_ tokens: [UInt64]) {
        guard !tokens.isEmpty else { return }
        let id = connection.id
        entries.append(.call { store in for token in tokens { store.forgetWait(connection: id, token: token) } })
    }

    private func cancelledID(_ request: Request) -> RequestID? {
        guard let params = request.params else { return nil }
        let node =
            switch scanner.document.kind(params) {
            case .array: scanner.document.firstElement(of: params)
            default: scanner.document.member(of: params, named: "id")
            }
        return node.flatMap { RequestID(scanner.document, $0) }
    }

    private func openSlow(_ target: ReplyTarget) -> UInt64 {
        connection.register(OpenCall(target: target, isSlow: true))
    }

    /// Keeps a call that is answered as soon as the store comes to it, with the time that its caller has.
    ///
    /// `byteCount` is what it holds of the bytes that may wait for the store, where nothing else counts them.
    private func openQuick(_ target: ReplyTarget, _ timeout: Duration?, holding byteCount: Int = 0) -> UInt64 {
        let deadline = NIODeadline.now() + TimeAmount(timeout ?? CallMetadata.timeoutDefault)
        expireQuickCalls(at: deadline)
        if byteCount > 0 {
            backlog.opened()
            gate.addUnsynced(byteCount, max: service.limits.unsyncedBytesPerConnectionMax)
        }
        return connection.register(
            OpenCall(target: target, isSlow: false, heldBytes: byteCount, deadline: deadline)
        )
    }

    private func expireQuickCalls(at deadline: NIODeadline) {
        if let sweep, sweep.deadline <= deadline { return }
        sweep?.task.cancel()
        guard let loop = context?.eventLoop else { return }
        let task = loop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            sweep = nil
            if let next = connection.expireQuickCalls(at: .now()) { expireQuickCalls(at: next) }
            connection.scheduleFlush()
        }
        sweep = Sweep(deadline: deadline, task: task)
    }

    private func expire(_ token: UInt64, after timeout: Duration?, _ expiry: Execution.Expiry) {
        slowCalls[token] = SlowCall()
        guard let context, let timeout else { return }
        let waiting = Execution.Waiting(connection: connection, token: token)
        slowCalls[token]?.deadline = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { [service] in
            switch expiry {
            case .ask(let body): service.store?.perform { body($0, waiting) }
            case .fail(let error):
                waiting.answer(.failure(error))
                service.store?.perform { $0.forgetWait(connection: waiting.connection.id, token: token) }
            }
        }
    }

    func submit() {
        guard !entries.isEmpty else { return }
        if let store = service.store, !store.submit(entries) {
            // The store has stopped: nobody will answer these, and the connection is about to end anyway.
            context?.close(promise: nil)
        }
        entries.removeAll(keepingCapacity: true)
    }

    func breakOff(_ error: JSONScanError) {
        life.accepted()
        backlog.gathered(connection.answer(.single(.null), .failure(ErrorObject(error))))
        perform(life.broken())
    }
}

extension ErrorObject {
    static let deadlineExceeded = ErrorObject.status(
        .deadlineExceeded,
        reason: "DEADLINE_EXCEEDED",
        message: "the time is over; what was asked for may still be done"
    )

    static let cancelled = ErrorObject.status(
        .cancelled,
        reason: "CANCELLED",
        message: "the caller cancelled the call"
    )

    static let watchInBatch = ErrorObject.status(
        .failedPrecondition,
        reason: "WATCH_IN_BATCH",
        message: "a watch streams and has no place in a batch; send it on its own"
    )

    static func tooManyCalls(_ limit: Int) -> ErrorObject {
        .status(
            .resourceExhausted,
            reason: "TOO_MANY_CALLS",
            message: "\(limit) calls of this connection are waiting already",
            retryAfterMilliseconds: 1_000
        )
    }
}
