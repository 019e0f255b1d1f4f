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
            let batch = BatchReply(count: items.count, resultBytesMax: service.limits.batchAnswerBytesMax)
            for (index, item) in items.enumerated() {
                receive(item, { .batch(batch, index: index, $0) }, now)
            }
        }
    }

    /// `target` makes an id a destination; a notification in a batch has a place there but no id.
    private func receive(_ item: Message.Item, _ target: (RequestID?) -> ReplyTarget, _ now: Timestamp) {
        switch item {
        case .invalid(let invalid): answer(target(invalid.id), service.meters.unknown, .failure(invalid.error))
        case .request(let request):
            let target = target(request.id)
            if request.method == PublishConsent.name {
                publish(IncomingCall(request: request, target: target, meter: service.meters.publish), now)
            } else {
                perform(IncomingCall(request: request, target: target, meter: service.meters[request.method]), now)
            }
        }
    }

    /// A request that is being carried out.
    struct IncomingCall {
        let request: Request
        let target: ReplyTarget
        let meter: RequestMeter
    }

    private func answer(_ call: IncomingCall, _ result: Result<any JSONEncodable & Sendable, ErrorObject>) {
        answer(call.target, call.meter, result)
    }

    private func answer(
        _ target: ReplyTarget,
        _ meter: RequestMeter,
        _ result: Result<any JSONEncodable & Sendable, ErrorObject>
    ) {
        if !target.isInBatch { life.accepted() }
        meter.ended(result.status, readAt: readAt)
        backlog.gathered(connection.answer(target, result))
    }

    private func publish(_ incoming: IncomingCall, _ now: Timestamp) {
        let request = incoming.request
        let target = incoming.target
        let method: PublishConsent
        do throws(ErrorObject) {
            method = try PublishConsent.decode(scanner.document, request.params, now: now)
            if let outage = service.outage { throw outage.error }
        } catch {
            refuse(incoming, error)
            return
        }
        let waits = method.waitFor == .delivered && !target.isNowhere
        guard !waits || gate.takeSlowCall(max: service.limits.slowCallsPerConnectionMax) else {
            answer(incoming, .failure(.tooManyCalls(service.limits.slowCallsPerConnectionMax)))
            return
        }
        if !target.isInBatch { life.accepted() }
        let byteCount = scanner.document.rawByteCount(request.item)
        gate.addUnsynced(byteCount, max: service.limits.unsyncedBytesPerConnectionMax)
        var token: UInt64 = 0
        var correlation = ""
        let metadata = method.metadata
        if case .single(let id) = target, !waits, metadata.timeout == nil, metadata.traceparent == nil {
            correlation = id.text
        } else {
            token = waits ? openSlow(incoming, metadata) : openQuick(incoming, metadata)
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
            byteCount: byteCount,
            readAt: readAt.uptimeNanoseconds
        )
        entries.append(.publish(call))
        if token == 0 { expireLater(call) }
        if waits { expire(token, after: metadata.timeout ?? CallMetadata.timeoutDefault, .fail(.deadlineExceeded)) }
    }

    private func perform(_ call: IncomingCall, _ now: Timestamp) {
        do throws(ErrorObject) {
            let (execution, metadata) = try service.methods.prepare(
                call.request,
                in: scanner.document,
                peer: connection.peer,
                role: connection.role,
                context: service.decodingContext(now)
            )
            execute(execution.refused(during: service.outage), call, metadata)
        } catch {
            refuse(call, error)
        }
    }

    private func refuse(_ call: IncomingCall, _ error: ErrorObject) {
        if var entry = auditEntry(for: call.request) {
            entry.status = error.status.name
            connection.audit(entry)
        }
        answer(call, .failure(error))
    }

    /// The beginning of an entry for a call that changes something, if anyone wants to be told.
    private func auditEntry(for request: Request) -> AuditEntry? {
        guard service.audit != nil, AuditEntry.methods.contains(request.method) else { return nil }
        return AuditEntry(request.method, by: connection.peer, on: connection.role)
    }

    private func execute(_ execution: Execution, _ call: IncomingCall, _ metadata: CallMetadata) {
        switch execution {
        case .answer(let value): answer(call, .success(value))
        case .fail(let error): refuse(call, error)
        case .store(let body): run(body, call, metadata)
        case .wait(let wait): self.wait(wait, call, metadata)
        case .hold(let hold): self.hold(hold, call, metadata)
        case .report(let body): report(body, call, metadata)
        case .cancel: cancel(call)
        }
    }

    private func run(
        _ body: @escaping @Sendable (isolated ConsentStore) throws -> any JSONEncodable & Sendable,
        _ call: IncomingCall,
        _ metadata: CallMetadata
    ) {
        if !call.target.isInBatch { life.accepted() }
        let token = openQuick(call, metadata, holding: scanner.document.rawByteCount(call.request.item))
        var entry = auditEntry(for: call.request)
        entry?.traceparent = metadata.traceparent
        let start = ContinuousClock.now
        entries.append(
            .call { [connection, entry] store in
                let result = Result { try body(store) }.mapError { connection.errorObject($0) }
                if var entry {
                    entry.finish(result, after: start.duration(to: .now))
                    connection.audit(entry)
                }
                connection.answer(token: token, result)
                connection.scheduleFlush()
            }
        )
    }

    private func wait(_ wait: Execution.Wait, _ call: IncomingCall, _ metadata: CallMetadata) {
        guard let token = beginSlowCall(call, metadata, isStream: wait.stream != nil) else { return }
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

    private func hold(_ hold: Execution.Hold, _ call: IncomingCall, _ metadata: CallMetadata) {
        guard let token = beginSlowCall(call, metadata, isStream: true) else { return }
        expire(token, after: metadata.timeout, .fail(.deadlineExceeded))
        slowCalls[token]?.end = hold.end
        connection.notify(token: token, hold.method) { [hold.params($0)] }
    }

    /// Takes a call that may wait; nil where it was answered because it cannot be.
    private func beginSlowCall(_ call: IncomingCall, _ metadata: CallMetadata, isStream: Bool) -> UInt64? {
        if isStream {
            if call.target.isInBatch {
                answer(call, .failure(.watchInBatch))
                return nil
            }
            if call.target.isNowhere {
                answer(call, .success(Empty()))
                return nil
            }
        }
        guard gate.takeSlowCall(max: service.limits.slowCallsPerConnectionMax) else {
            answer(call, .failure(.tooManyCalls(service.limits.slowCallsPerConnectionMax)))
            return nil
        }
        if !call.target.isInBatch { life.accepted() }
        return openSlow(call, metadata)
    }

    private func report(
        _ body: @escaping @Sendable (ServiceReport) -> any JSONEncodable & Sendable,
        _ call: IncomingCall,
        _ metadata: CallMetadata
    ) {
        if !call.target.isInBatch { life.accepted() }
        let token = openQuick(call, metadata, holding: scanner.document.rawByteCount(call.request.item))
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
    private func cancel(_ call: IncomingCall) {
        let id = cancelledID(call.request)
        let tokens = slowCalls.keys.filter { id != nil && connection.requestID(of: $0) == id }
        for token in tokens { connection.answer(token: token, .failure(.cancelled)) }
        answer(call, .success(Empty()))
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

    func submit() {
        guard !entries.isEmpty else { return }
        if let store = service.store, !store.submit(entries) {
            // The store has stopped: nobody will answer these, and the connection is about to end anyway.
            context?.close(promise: nil)
        }
        entries.removeAll(keepingCapacity: true)
    }

    func breakOff(_ error: JSONScanError) {
        answer(.single(.null), service.meters.unknown, .failure(ErrorObject(error)))
        perform(life.broken())
    }
}
