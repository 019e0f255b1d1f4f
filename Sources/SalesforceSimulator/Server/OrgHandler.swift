import NIOCore
import NIOHTTP1

/// One connection: collects a request, lets the org decide, waits out its latency, and answers.
final class OrgHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let bodyBytesMax = 160 << 20
    /// How often a held call looks whether it may go on.
    private static let holdMilliseconds: Int64 = 2

    private let shared: SharedOrg
    private var head: HTTPRequestHead?
    private var arrivedAt = NIODeadline.now()
    private var body: [UInt8] = []
    private var isTooLarge = false

    init(_ shared: SharedOrg) {
        self.shared = shared
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            arrivedAt = .now()
            body = []
            isTooLarge = false
        case .body(let buffer):
            isTooLarge = isTooLarge || body.count + buffer.readableBytes > Self.bodyBytesMax
            if !isTooLarge {
                body.append(contentsOf: buffer.readableBytesView)
            }
        case .end:
            if let head {
                serve(head, context)
            }
            head = nil
            body = []
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func serve(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if isTooLarge {
            send(OrgResponse(status: 413), to: head, context)
            return
        }
        var request = OrgRequest(
            head.method.rawValue,
            head.uri,
            headers: head.headers.map { (name: $0.name, value: $0.value) },
            body: body
        )
        if let coding = request.header("content-encoding")?.lowercased(), coding != "identity" {
            guard coding == "gzip", let inflated = try? Gzip.decompress(body, limit: Self.bodyBytesMax) else {
                send(OrgResponse(status: 415), to: head, context)
                return
            }
            request.body = inflated
        }
        let call = shared.begin(request)
        // What reading the request took is part of the wait.
        perform(call, head, context, at: arrivedAt + .milliseconds(Int64(call.delayMilliseconds)))
    }

    /// Performs a call once its moment has come and no fault holds it any more, at which it looks again and again.
    private func perform(
        _ call: Org.Call,
        _ head: HTTPRequestHead,
        _ context: ChannelHandlerContext,
        at moment: NIODeadline
    ) {
        let now = NIODeadline.now()
        guard moment > now || shared.isHeld(call) else {
            perform(call, head, context)
            return
        }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: moment > now ? moment : now + .milliseconds(Self.holdMilliseconds)) {
            let (handler, context) = bound.value
            handler.perform(call, head, context, at: moment)
        }
    }

    private func perform(_ call: Org.Call, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let response = shared.perform(call)
        guard let response else {
            finish(call)
            context.close(promise: nil)
            return
        }
        guard call.bodyDelayMilliseconds > 0 else {
            finish(call)
            send(response, to: head, context)
            return
        }
        let bytes = response.body
        let half = bytes.count / 2
        sendHead(response, bytes.count, to: head, context)
        write(bytes[..<half], context)
        context.flush()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(Int64(call.bodyDelayMilliseconds))) {
            let (handler, context) = bound.value
            handler.finish(call)
            handler.write(bytes[half...], context)
            handler.sendEnd(head, context)
        }
    }

    /// Lets the call go before its last byte is sent: a client that has the answer may begin the next write at once.
    private func finish(_ call: Org.Call) {
        shared.end(call)
    }

    private func send(_ response: OrgResponse, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var response = response
        var bytes = response.body
        if bytes.count > 1_024, head.headers["accept-encoding"].contains(where: { $0.lowercased().contains("gzip") }) {
            bytes = Gzip.store(bytes)
            response.headers.append(("Content-Encoding", "gzip"))
        }
        sendHead(response, bytes.count, to: head, context)
        if head.method != .HEAD {
            write(bytes[...], context)
        }
        sendEnd(head, context)
    }

    private func sendHead(
        _ response: OrgResponse,
        _ byteCount: Int,
        to request: HTTPRequestHead,
        _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders(response.headers.map { ($0.name, $0.value) })
        headers.add(name: "Server", value: "sfdcedge")
        headers.add(name: "Cache-Control", value: "no-cache,must-revalidate,max-age=0,no-store,private")
        if let type = response.contentType {
            headers.add(name: "Content-Type", value: type)
        }
        // Like an org: whatever has a body is chunked.
        if response.status != 204 {
            if byteCount == 0 {
                headers.add(name: "Content-Length", value: "0")
            } else {
                headers.add(name: "Transfer-Encoding", value: "chunked")
            }
        }
        if !request.isKeepAlive {
            headers.add(name: "Connection", value: "close")
        }
        let head = HTTPResponseHead(
            version: request.version,
            status: HTTPResponseStatus(statusCode: response.status),
            headers: headers
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
    }

    private func write(_ bytes: ArraySlice<UInt8>, _ context: ChannelHandlerContext) {
        if !bytes.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        }
    }

    private func sendEnd(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let channel = context.channel
        let isKeepAlive = head.isKeepAlive
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            if !isKeepAlive {
                channel.close(promise: nil)
            }
        }
    }
}
