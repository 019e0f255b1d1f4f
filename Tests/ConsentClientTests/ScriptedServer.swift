import ChildProcesses
import JSON
import NIOCore
import NIOPosix

/// A server on a real socket that answers as a test says.
final class ScriptedServer: Sendable {
    /// What to send for the requests that came so far; it is called after each with all of them.
    typealias Script = @Sendable (_ requests: [JSONValue]) -> [Step]

    enum Step {
        case send(String)
        case close
    }

    let path: String
    private let directory: TemporaryDirectory
    private let channel: any Channel

    init(_ script: @escaping Script) async throws {
        directory = try TemporaryDirectory(prefix: "client-tests")
        path = directory.file("scripted.sock")
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ScriptedHandler(script))
                }
            }
            .bind(unixDomainSocketPath: path)
            .get()
    }

    deinit {
        channel.close(promise: nil)
    }
}

private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let script: ScriptedServer.Script
    private var scanner = JSONScanner(messageBytesMax: 4 << 20, nestingMax: 64)
    private var requests: [JSONValue] = []

    init(_ script: @escaping ScriptedServer.Script) {
        self.script = script
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        scanner.append(Array(unwrapInboundIn(data).readableBytesView))
        while (try? scanner.next()) == true {
            requests.append(JSONValue(scanner.document, scanner.document.root))
            for step in script(requests) {
                switch step {
                case .send(let text):
                    context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                case .close:
                    context.close(promise: nil)
                }
            }
        }
    }
}

extension JSONValue {
    /// A successful answer to this request, as it goes onto the wire.
    func answered(_ result: JSONValue) -> String {
        let answer: JSONValue = ["jsonrpc": "2.0", "id": self["id"] ?? .null, "result": result]
        return "\(answer)\n"
    }

    /// An error as the answer to this request.
    func refused(_ error: JSONValue) -> String {
        let answer: JSONValue = ["jsonrpc": "2.0", "id": self["id"] ?? .null, "error": error]
        return "\(answer)\n"
    }
}
