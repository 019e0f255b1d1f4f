import JSON
import JSONRPC
import NIOCore

/// Says one error and closes: for a connection that is not let in.
///
/// What the peer has sent already is read and thrown away: a socket that is closed with unread bytes resets the
/// connection, and the peer would find a failure instead of the answer or after it.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let error: ErrorObject
    private let limits: ServiceLimits
    private let registry: ConnectionRegistry
    private var drainedBytes = 0
    private var isLingering = false

    init(_ error: ErrorObject, limits: ServiceLimits, registry: ConnectionRegistry) {
        self.error = error
        self.limits = limits
        self.registry = registry
    }

    func channelActive(context: ChannelHandlerContext) {
        var writer = JSONWriter()
        Response.writeError(id: .null, error, to: &writer)
        writer.newline()
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: writer.take())), promise: nil)
        isLingering = registry.beginLingering()
        guard isLingering else {
            context.close(promise: nil)
            return
        }
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.drainTimeout)) {
            context.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        drainedBytes += unwrapInboundIn(data).readableBytes
        if drainedBytes > limits.drainBytesMax { context.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isLingering { registry.endLingering() }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
