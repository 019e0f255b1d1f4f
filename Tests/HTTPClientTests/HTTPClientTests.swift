import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1)))
struct HTTPClientTests {
    private let client: HTTPClient

    init() throws {
        client = try HTTPClient(options: .forTests)
    }

    @Test func answerArrivesWithStatusHeadersAndBody() async throws {
        let server = try LoopbackServer { _ in
            .answer(status: 418, headers: [("Sforce-Limit-Info", " api-usage=18/5000 ")], body: Array("{}".utf8))
        }
        defer { server.stop() }
        let response = try await client.send(HTTPRequest(method: .get, url: server.url + "/services?a=b"))
        #expect(response.status == 418)
        #expect(response.header("sforce-limit-info") == "api-usage=18/5000")
        #expect(response.header("absent") == nil)
        #expect(response.body == Array("{}".utf8))
        #expect(response.httpVersion == .http11)
        #expect(response.timing.total > .zero)
        #expect(server.received.map(\.path) == ["/services?a=b"])
    }

    @Test(arguments: [HTTPMethod.get, .head, .post, .put, .patch, .delete])
    func everyMethodSendsItsBodyAndNothingUnasked(method: HTTPMethod) async throws {
        let server = try LoopbackServer { _ in .answer(status: 200) }
        defer { server.stop() }
        // More than the megabyte from which on libcurl would ask first with "Expect".
        let body = method == .head || method == .get ? [] : [UInt8](repeating: 7, count: 2 << 20)
        let headers = [("Authorization", "Bearer x"), ("X-Empty", "")]
        let request = HTTPRequest(method: method, url: server.url, headers: headers, body: body)
        #expect(try await client.send(request).status == 200)
        let received = try #require(server.received.first)
        #expect(received.method == method.rawValue)
        #expect(received.body == body)
        #expect(received.headers["authorization"] == "Bearer x")
        #expect(received.headers["x-empty"]?.isEmpty == true)
        #expect(received.headers["user-agent"] == "consentd")
        #expect(received.headers["accept-encoding"] == "gzip")
        #expect(received.headers["expect"] == nil)
        #expect(received.headers["content-type"] == nil)
    }

    @Test func connectionIsReused() async throws {
        let server = try LoopbackServer { _ in .answer(status: 204) }
        defer { server.stop() }
        let first = try await client.send(HTTPRequest(method: .post, url: server.url, body: [1]))
        let second = try await client.send(HTTPRequest(method: .post, url: server.url, body: [2]))
        #expect(!first.connectionReused)
        #expect(second.connectionReused)
        #expect(server.connectionCount == 1)
    }

    @Test func compressedAnswerIsDecoded() async throws {
        let text = Array(String(repeating: "consent ", count: 1_000).utf8)
        let compressed = try #require(Gzip.compress(text))
        let server = try LoopbackServer { _ in
            .answer(status: 200, headers: [("Content-Encoding", "gzip")], body: compressed)
        }
        defer { server.stop() }
        #expect(try await client.send(HTTPRequest(method: .get, url: server.url)).body == text)
    }

    @Test func compressedRequestReadsTheSameOnTheOtherSide() async throws {
        let text = Array(String(repeating: "consent ", count: 1_000).utf8)
        let server = try LoopbackServer { request in
            let encoding = request.headers["content-encoding"].map { [("Content-Encoding", $0)] } ?? []
            return .answer(status: 200, headers: encoding, body: request.body)
        }
        defer { server.stop() }
        let request = HTTPRequest(method: .post, url: server.url, body: text, compressesBody: true)
        #expect(try await client.send(request).body == text)
        let received = try #require(server.received.first)
        #expect(received.headers["content-encoding"] == "gzip")
        #expect(received.body.count < text.count / 10)
    }

    @Test func bodyThatDoesNotShrinkIsSentAsIs() async throws {
        let server = try LoopbackServer { _ in .answer(status: 200) }
        defer { server.stop() }
        let request = HTTPRequest(method: .post, url: server.url, body: Array(0...200), compressesBody: true)
        _ = try await client.send(request)
        #expect(server.received.first?.headers["content-encoding"] == nil)
        #expect(server.received.first?.body == Array(0...200))
    }

    @Test func redirectIsAnAnswerLikeAnyOther() async throws {
        let server = try LoopbackServer { _ in .answer(status: 302, headers: [("Location", "/elsewhere")]) }
        defer { server.stop() }
        let response = try await client.send(HTTPRequest(method: .get, url: server.url + "/here"))
        #expect(response.status == 302)
        #expect(response.header("location") == "/elsewhere")
        #expect(server.received.map(\.path) == ["/here"])
    }

    @Test func cookieIsNotKept() async throws {
        let server = try LoopbackServer { _ in .answer(status: 200, headers: [("Set-Cookie", "BrowserId=1; Path=/")]) }
        defer { server.stop() }
        for _ in 1...2 {
            _ = try await client.send(HTTPRequest(method: .get, url: server.url))
        }
        #expect(server.received.map { $0.headers["cookie"] } == [nil, nil])
    }

    @Test func headersOfInterimAnswersAreLeftOut() async throws {
        let server = try LoopbackServer { _ in
            let interim = "HTTP/1.1 103 Early Hints\r\nX-Interim: 1\r\n\r\n"
            return .raw(Array((interim + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Final: 1\r\n\r\n").utf8), .keep)
        }
        defer { server.stop() }
        let response = try await client.send(HTTPRequest(method: .get, url: server.url))
        #expect(response.status == 200)
        #expect(response.header("x-interim") == nil)
        #expect(response.header("x-final") == "1")
    }

    @Test func manyParallelRequestsShareAFewConnections() async throws {
        let server = try LoopbackServer { .answer(status: 200, body: $0.body) }
        defer { server.stop() }
        let client = client
        let url = server.url
        try await withThrowingTaskGroup { group in
            for number in UInt8(0)..<64 {
                group.addTask {
                    let request = HTTPRequest(method: .post, url: url, body: [UInt8](repeating: number, count: 1_000))
                    return try await client.send(request).body == request.body
                }
            }
            for try await isEcho in group {
                #expect(isEcho)
            }
        }
        #expect(server.received.count == 64)
        #expect(server.connectionCount <= 8)
    }
}

extension HTTPClientOptions {
    /// A proxy of the machine that runs the tests would not reach its loopback address.
    static var forTests: HTTPClientOptions {
        var options = HTTPClientOptions()
        options.usesEnvironmentProxy = false
        return options
    }
}
