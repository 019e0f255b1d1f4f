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
        connection.answer(target, result)
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
        if case .single(let id) = target, !waits {
            correlation = id.text
        } else {
            token = connection.register(target)
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
        if waits { expirePublish(call, after: method.metadata.timeout) }
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
        case .store(let body):
            if !target.isInBatch { life.accepted() }
            let entry = auditEntry(for: request)
            let start = ContinuousClock.now
            entries.append(
                .call { [connection] store in
                    let result = Result { try body(store) }.mapError { ErrorObject(anyError: $0) }
                    if var entry {
                        entry.finish(result, after: start.duration(to: .now))
                        connection.audit(entry)
                    }
                    connection.answer(target, result)
                    connection.scheduleFlush()
                }
            )
        case .wait(let wait): self.wait(wait, target, metadata)
        case .task(let body): ask(body, target, metadata)
        case .cancel: cancel(request, target)
        }
    }

    private func wait(_ wait: Execution.Wait, _ target: ReplyTarget, _ metadata: CallMetadata) {
        if wait.stream != nil {
            guard !target.isNowhere else { return answer(target, .success(Empty())) }
            guard !target.isInBatch else { return answer(target, .failure(.watchInBatch)) }
        }
        guard gate.takeSlowCall(max: service.limits.slowCallsPerConnectionMax) else {
            answer(target, .failure(.tooManyCalls(service.limits.slowCallsPerConnectionMax)))
            return
        }
        if !target.isInBatch { life.accepted() }
        let waiting = Execution.Waiting(connection: connection, token: connection.register(target))
        entries.append(.call { wait.begin($0, waiting) })
        let timeout = metadata.timeout ?? (wait.stream == nil ? CallMetadata.timeoutDefault : nil)
        expire(waiting.token, after: timeout) { wait.expire($0, waiting) }
        guard let stream = wait.stream, let heartbeat = stream.heartbeat, let context else { return }
        let interval = TimeAmount(heartbeat)
        slowCalls[waiting.token]?.heartbeat = context.eventLoop.scheduleRepeatedTask(
            initialDelay: interval,
            delay: interval
        ) { [service] _ in
            service.store?.perform { stream.beat($0, waiting) }
        }
    }

    private func ask(
        _ body: @escaping @Sendable (ConsentStore) async -> any JSONEncodable & Sendable,
        _ target: ReplyTarget,
        _ metadata: CallMetadata
    ) {
        guard let store = service.store, let loop = context?.eventLoop else { return }
        let begin: @Sendable (isolated ConsentStore, Execution.Waiting) -> Void = { _, waiting in
            // Bounded by the calls that a connection may have waiting; an answer to one that was ended is dropped.
            loop.makeFutureWithTask { await body(store) }.whenSuccess { waiting.answer(.success($0)) }
        }
        wait(
            Execution.Wait(begin: begin) { _, waiting in waiting.answer(.failure(.deadlineExceeded)) },
            target,
            metadata
        )
    }

    /// Ends the calls that have the id that the parameters name, byte for byte.
    private func cancel(_ request: Request, _ target: ReplyTarget) {
        let id = cancelledID(request)
        let tokens = slowCalls.keys.filter { connection.requestID(of: $0) == id }
        guard id != nil, !tokens.isEmpty else { return answer(target, .success(Empty())) }
        if !target.isInBatch { life.accepted() }
        entries.append(
            .call { [connection] store in
                for token in tokens {
                    store.forgetWait(connection: connection.id, token: token)
                    connection.answer(token: token, isSlow: true, .failure(.cancelled))
                }
                connection.answer(target, .success(Empty()))
                connection.scheduleFlush()
            }
        )
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

    private func expirePublish(_ call: PublishCall, after timeout: Duration?) {
        let waiting = Execution.Waiting(connection: connection, token: call.token)
        expire(call.token, after: timeout ?? CallMetadata.timeoutDefault) { store in
            guard store.endPublishWait(connection: waiting.connection.id, token: waiting.token) else { return }
            waiting.answer(.failure(.deadlineExceeded))
        }
    }

    private func expire(
        _ token: UInt64,
        after timeout: Duration?,
        _ body: @escaping @Sendable (isolated ConsentStore) -> Void
    ) {
        slowCalls[token] = SlowCall()
        guard let context, let timeout else { return }
        slowCalls[token]?.deadline = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { [service] in
            service.store?.perform(body)
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
        connection.answer(.single(.null), .failure(ErrorObject(error)))
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
