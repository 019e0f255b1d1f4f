import JSON
import NIOCore

/// Matches answers to calls by id, all on the connection's event loop.
final class CallHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = OutgoingCall
    typealias OutboundOut = ByteBuffer

    private var scanner = JSONScanner(
        messageBytesMax: ClientLimits.messageBytesMax,
        nestingMax: ClientLimits.nestingMax
    )
    private var pending: [UInt64: PendingCall] = [:]
    private var isClosed = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let call = unwrapOutboundIn(data)
        guard !isClosed else {
            promise?.fail(ClientError.closed)
            return call.answer.fail(ClientError.closed)
        }
        guard pending.count < ClientLimits.pendingCallsMax else {
            promise?.fail(ClientError.tooManyCalls(limit: ClientLimits.pendingCallsMax))
            return call.answer.fail(ClientError.tooManyCalls(limit: ClientLimits.pendingCallsMax))
        }
        pending[call.id] = PendingCall(
            answer: call.answer,
            timer: timer(for: call, on: context.eventLoop),
            events: call.events
        )
        context.write(wrapOutboundOut(context.channel.allocator.buffer(bytes: call.bytes)), promise: promise)
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let abandoned = event as? AbandonedCall else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        if let call = pending[abandoned.id] {
            if call.events != nil {
                let text = OutgoingCall.cancellation(of: abandoned.id)
                context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: text)), promise: nil)
            }
            take(abandoned.id)?.fail(ClientError.cancelled)
        }
        promise?.succeed()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        scanner.append(Array(buffer.readableBytesView))
        do {
            while try scanner.next() {
                let response = try Response(scanner.document)
                accept(response, context: context)
            }
        } catch let error as ClientError {
            close(with: error, context: context)
        } catch {
            close(with: .protocolViolation("a message is not JSON"), context: context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        failAll(with: .closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        close(with: .closed, context: context)
    }

    private func accept(_ response: Response, context: ChannelHandlerContext) {
        switch (response.outcome, response.callID) {
        case (.notification(let params), let id):
            // What an abandoned stream still sends finds nobody.
            if let id { pending[id]?.events?(params) }
        case (.result(let result), let id?):
            // An answer to an abandoned call finds nobody.
            take(id)?.succeed(result)
        case (.failure(let failure), let id?):
            take(id)?.fail(ClientError.rpc(failure))
        case (.failure(let failure), nil):
            close(with: .rpc(failure), context: context)
        case (.result, nil):
            close(with: .protocolViolation("a result answers no call"), context: context)
        }
    }

    private func timer(for call: OutgoingCall, on eventLoop: any EventLoop) -> Scheduled<Void>? {
        guard let timeout = call.timeout else { return nil }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return eventLoop.scheduleTask(in: TimeAmount(timeout)) { [id = call.id] in
            bound.value.take(id)?.fail(ClientError.deadlineExceeded)
        }
    }

    private func take(_ id: UInt64) -> EventLoopPromise<JSONValue>? {
        guard let call = pending.removeValue(forKey: id) else { return nil }
        call.timer?.cancel()
        return call.answer
    }

    private func close(with error: ClientError, context: ChannelHandlerContext) {
        failAll(with: error)
        context.close(promise: nil)
    }

    private func failAll(with error: ClientError) {
        isClosed = true
        let calls = pending
        pending.removeAll()
        for call in calls.values {
            call.timer?.cancel()
            call.answer.fail(error)
        }
    }

    /// A call whose answer has not come yet.
    private struct PendingCall {
        var answer: EventLoopPromise<JSONValue>
        var timer: Scheduled<Void>?
        var events: (@Sendable (JSONValue) -> Void)?
    }
}
