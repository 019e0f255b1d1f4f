import Consent
import ConsentAPI
import ConsentStore
import JSON
import JSONRPC
import NIOCore

/// Reads one connection's requests and sends its answers. Lives on the connection's event loop.
///
/// A publish goes to the store without a task, a closure or a value in between; the rest goes through the method table.
final class ConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let service: ServiceContext
    private let connection: Connection
    private var scanner: JSONScanner
    private var entries: [ConsentStore.Entry] = []
    private var gate = ReadGate()
    private var life = ConnectionLife()
    private var deadlines: [UInt64: Scheduled<Void>] = [:]
    private var stall = WriteStall()
    private let onInactive: () -> Void
    private var context: ChannelHandlerContext?

    /// `onInactive` runs once the channel is gone.
    init(service: ServiceContext, connection: Connection, onInactive: @escaping () -> Void) {
        self.service = service
        self.connection = connection
        self.onInactive = onInactive
        scanner = JSONScanner(
            messageBytesMax: service.limits.messageBytesMax,
            nestingMax: service.limits.nestingMax
        )
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelInactive(context: ChannelHandlerContext) {
        for deadline in deadlines.values { deadline.cancel() }
        deadlines = [:]
        self.context = nil
        onInactive()
        let id = connection.id
        service.store.perform { $0.endWaits(of: id) }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard !life.isDraining else {
            perform(life.drained(buffer.readableBytes, limit: service.limits.drainBytesMax))
            return
        }
        let now = service.now()
        scanner.append(buffer.readableBytesSpan)
        do throws(JSONScanError) {
            while try scanner.next() { receive(now) }
        } catch {
            breakOff(error)
        }
        submit()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        connection.scheduleFlush()
        context.fireChannelReadComplete()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, event == .inputClosed else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        if !life.isDraining {
            do throws(JSONScanError) {
                if try scanner.finish() { receive(service.now()) }
            } catch {
                breakOff(error)
            }
            submit()
        }
        perform(life.inputClosed())
        connection.scheduleFlush()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func read(context: ChannelHandlerContext) {
        if gate.wantsRead() { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if gate.isWritable(context.channel.isWritable) { context.read() }
        context.fireChannelWritabilityChanged()
    }

    /// Answers what was read and closes; unread bytes stay for the next start.
    func stop() {
        gate.close()
        perform(life.stopping())
        connection.scheduleFlush()
    }
}

extension ConnectionHandler {
    /// Takes the text that the scanner has just completed.
    private func receive(_ now: Timestamp) {
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
        } catch {
            answer(target, .failure(error))
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
        var call = PublishCall(
            event: method.event,
            digest: ContentDigest(method.digest),
            idempotencyKey: method.metadata.idempotencyKey,
            configurations: method.configurationIDs,
            waitsForDelivery: waits,
            receiver: connection,
            byteCount: byteCount
        )
        if case .single(let id) = target, !waits {
            call.correlation = id.text
        } else {
            call.token = connection.register(target)
        }
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
            execute(execution, target, metadata)
        } catch {
            answer(target, .failure(error))
        }
    }

    private func execute(_ execution: Execution, _ target: ReplyTarget, _ metadata: CallMetadata) {
        switch execution {
        case .answer(let value): answer(target, .success(value))
        case .fail(let error): answer(target, .failure(error))
        case .store(let body):
            if !target.isInBatch { life.accepted() }
            entries.append(
                .call { [connection] store in
                    let result = Result { try body(store) }.mapError { ErrorObject(anyError: $0) }
                    connection.answer(target, result)
                    connection.scheduleFlush()
                }
            )
        case .wait(let wait):
            guard gate.takeSlowCall(max: service.limits.slowCallsPerConnectionMax) else {
                answer(target, .failure(.tooManyCalls(service.limits.slowCallsPerConnectionMax)))
                return
            }
            if !target.isInBatch { life.accepted() }
            let waiting = Execution.Waiting(connection: connection, token: connection.register(target))
            entries.append(.call { wait.begin($0, waiting) })
            expire(waiting.token, after: metadata.timeout) { wait.expire($0, waiting) }
        }
    }

    private func expirePublish(_ call: PublishCall, after timeout: Duration?) {
        let waiting = Execution.Waiting(connection: connection, token: call.token)
        expire(call.token, after: timeout) { store in
            guard store.endPublishWait(connection: waiting.connection.id, token: waiting.token) else { return }
            waiting.answer(.failure(.deadlineExceeded))
        }
    }

    private func expire(
        _ token: UInt64,
        after timeout: Duration?,
        _ body: @escaping @Sendable (isolated ConsentStore) -> Void
    ) {
        guard let context else { return }
        let timeout = timeout ?? .milliseconds(CallMetadata.timeoutMillisecondsDefault)
        deadlines[token] = context.eventLoop.scheduleTask(in: TimeAmount(timeout)) { [service] in
            service.store.perform(body)
        }
    }

    private func submit() {
        guard !entries.isEmpty else { return }
        if !service.store.submit(entries) {
            // The store has stopped: nobody will answer these, and the connection is about to end anyway.
            context?.close(promise: nil)
        }
        entries.removeAll(keepingCapacity: true)
    }

    private func breakOff(_ error: JSONScanError) {
        life.accepted()
        connection.answer(.single(.null), .failure(ErrorObject(error)))
        perform(life.broken())
    }
}

extension ConnectionHandler {
    /// Sends what has gathered and goes on with what waited for it.
    func flush() {
        guard let context else { return }
        let drained = connection.drain()
        write(drained.bytes, context)
        if drained.endedSlowCalls > 0 { forgetDeadlines() }
        if gate.drained(drained, max: service.limits.unsyncedBytesPerConnectionMax) { context.read() }
        perform(life.answered(drained.answeredCalls))
    }

    private func forgetDeadlines() {
        for (token, deadline) in deadlines where !connection.isOpen(token) {
            deadline.cancel()
            deadlines[token] = nil
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
            promise.futureResult.assumeIsolated().whenComplete { [weak self] _ in self?.stall.ended() }
            context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: piece)), promise: promise)
        }
        context.flush()
        watchProgress(context)
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

    private func perform(_ action: ConnectionLife.Action) {
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

extension ReplyTarget {
    var isInBatch: Bool {
        if case .batch = self { return true }
        return false
    }

    /// Whether nobody will see an answer.
    var isNowhere: Bool {
        switch self {
        case .nowhere: true
        case .single: false
        case .batch(_, _, let id): id == nil
        }
    }
}

extension ErrorObject {
    static let deadlineExceeded = ErrorObject.status(
        .deadlineExceeded,
        reason: "DEADLINE_EXCEEDED",
        message: "the time is over; the event is accepted and goes on, ask deliveryStatus"
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
