import JSON
import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks the Salesforce simulator what it holds and has counted.
struct SimulatorControl: Sendable {
    var port: Int

    /// Puts records into the simulated org.
    func seed(_ sobject: String, _ records: [JSONValue]) async throws {
        _ = try await send(.PUT, "/simulator/records", ["sobject": .string(sobject), "records": .array(records)])
    }

    /// Every record of a kind with every field.
    func records(_ sobject: String) async throws -> [JSONValue] {
        try await send(.GET, "/simulator/records?sobject=\(sobject)")["records"]?.arrayValue ?? []
    }

    /// What the org has counted.
    func statistics() async throws -> JSONValue {
        try await send(.GET, "/simulator/statistics")
    }

    private func send(_ method: HTTPMethod, _ path: String, _ body: JSONValue? = nil) async throws -> JSONValue {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
            // The connection is ours to close: both ends closing it at once looks like an error.
            head.headers = ["Host": "127.0.0.1:\(port)"]
            let bytes = body?.jsonBytes ?? []
            if body != nil {
                head.headers.add(name: "Content-Type", value: "application/json")
                head.headers.add(name: "Content-Length", value: String(bytes.count))
            }
            try await outbound.write(.head(head))
            if body != nil { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: bytes)))) }
            try await outbound.write(.end(nil))
            return try await Self.read(inbound, path)
        }
    }

    private static func read(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>,
        _ path: String
    ) async throws -> JSONValue {
        var status = 0
        var answer: [UInt8] = []
        reading: for try await part in inbound {
            switch part {
            case .head(let head): status = Int(head.status.code)
            case .body(let buffer): answer += buffer.readableBytesView
            case .end: break reading
            }
        }
        guard (200..<300).contains(status) else {
            throw CommandFailure.failed("the simulator answered \(path) with HTTP status \(status)")
        }
        return answer.isEmpty ? .null : try JSONValue.parse(answer)
    }
}
