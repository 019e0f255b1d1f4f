import JSON
import JSONRPC
import NIOCore

/// Says one error and closes: for a connection that is not let in.
final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let error: ErrorObject

    init(_ error: ErrorObject) {
        self.error = error
    }

    func channelActive(context: ChannelHandlerContext) {
        var writer = JSONWriter()
        Response.writeError(id: .null, error, to: &writer)
        writer.newline()
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: writer.take())), promise: nil)
        context.close(promise: nil)
    }
}
