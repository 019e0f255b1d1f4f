import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import SalesforceSimulator

/// A minimal HTTP client of the org under test; every call has a connection of its own.
struct OrgClient: Sendable {
    let port: Int
    var session = ""

    /// What came back.
    struct Answer: Sendable {
        var status = 0
        var headers: [(String, String)] = []
        var bytes: [UInt8] = []

        var json: JSONValue {
            get throws { try JSONValue.parse(bytes) }
        }

        var text: String {
            String(decoding: bytes, as: UTF8.self)
        }

        func header(_ name: String) -> String? {
            headers.first { $0.0.lowercased() == name.lowercased() }?.1
        }
    }

    /// Why there is no answer.
    struct ConnectionClosed: Error {}

    static let credentials = "grant_type=client_credentials&client_id=simulator-client&client_secret=simulator-secret"

    /// Starts an org, logs in, and stops the org when the body is done.
    static func with(
        settings: OrgSettings = OrgSettings(),
        _ body: (SalesforceSimulator, OrgClient) async throws -> Void
    ) async throws {
        let simulator = SalesforceSimulator(settings: settings)
        var client = OrgClient(port: try await simulator.start())
        do {
            client.session = try await client.logIn()
            try await body(simulator, client)
        } catch {
            try await simulator.stop()
            throw error
        }
        try await simulator.stop()
    }

    func logIn() async throws -> String {
        let answer = try await send("POST", "/services/oauth2/token", text: Self.credentials)
        return try answer.json["access_token"]?.stringValue ?? ""
    }

    /// Calls a resource below `/services/data/v66.0`.
    func call(
        _ method: String,
        _ path: String,
        _ body: JSONValue? = nil,
        headers: [(String, String)] = []
    ) async throws -> Answer {
        let all = headers + [("Authorization", "Bearer \(session)"), ("Content-Type", "application/json")]
        return try await send(method, "/services/data/v66.0\(path)", text: body?.description ?? "", headers: all)
    }

    /// Runs a statement through `/composite` and returns its answer's status and body.
    func query(_ statement: String) async throws -> (status: Int, body: JSONValue) {
        let encoded = statement.utf8.map { byte in
            let isPlain = (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
            return isPlain ? String(Unicode.Scalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        let answer = try await call(
            "POST",
            "/composite",
            [
                "compositeRequest": [
                    [
                        "method": "GET", "referenceId": "find",
                        "url": .string("/services/data/v66.0/query?q=\(encoded.joined())"),
                    ]
                ]
            ]
        )
        let item = try answer.json["compositeResponse"]?[0]
        return (item?["httpStatusCode"]?.intValue ?? 0, item?["body"] ?? .null)
    }

    func send(
        _ method: String,
        _ path: String,
        text: String = "",
        headers: [(String, String)] = []
    ) async throws -> Answer {
        try await send(method, path, bytes: Array(text.utf8), headers: headers)
    }

    func send(
        _ method: String,
        _ path: String,
        bytes: [UInt8],
        headers: [(String, String)] = []
    ) async throws -> Answer {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel
                    )
                }
            }
        let all = headers + [("Host", "127.0.0.1:\(port)"), ("Content-Length", String(bytes.count))]
        let head = HTTPRequestHead(
            version: .http1_1,
            method: HTTPMethod(rawValue: method),
            uri: path,
            headers: HTTPHeaders(all)
        )
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(.head(head))
            try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: bytes))))
            try await outbound.write(.end(nil))
            var answer = Answer()
            do {
                for try await part in inbound {
                    switch part {
                    case .head(let head):
                        answer.status = Int(head.status.code)
                        answer.headers = head.headers.map { ($0.name, $0.value) }
                    case .body(let buffer):
                        answer.bytes += Array(buffer.readableBytesView)
                    case .end:
                        return answer
                    }
                }
            } catch is HTTPParserError {
                throw ConnectionClosed()
            }
            throw ConnectionClosed()
        }
    }
}
