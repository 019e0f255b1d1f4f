import Glibc
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1)))
struct HTTPFailureTests {
    private let client: HTTPClient

    init() throws {
        client = try HTTPClient(options: .forTests)
    }

    @Test func closedPortIsARefusal() async throws {
        let port = try LoopbackPort(listening: false)
        defer { close(port.descriptor) }
        await #expect(throws: HTTPError.connectionRefused(host: "127.0.0.1")) {
            try await client.send(HTTPRequest(method: .post, url: "http://127.0.0.1:\(port.port)/", body: [1]))
        }
    }

    @Test func nameWithoutAddressIsNamed() async throws {
        // Longer than a label may be, so that no name server is asked.
        let host = String(repeating: "a", count: 64) + ".invalid"
        await #expect(throws: HTTPError.couldNotResolve(host: host)) {
            try await client.send(HTTPRequest(method: .get, url: "https://\(host)/"))
        }
    }

    @Test func silenceAfterTheRequestIsATimeoutWithUnknownOutcome() async throws {
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        let error = await failure(
            of: HTTPRequest(method: .post, url: server.url, body: [1], totalTimeout: .seconds(5)),
            with: client
        )
        #expect(error == .timedOut(.response, host: "127.0.0.1"))
        #expect(error?.mayHaveBeenSent == true)
    }

    @Test func silenceInTheHandshakeIsATimeoutBeforeSending() async throws {
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        let url = "https://127.0.0.1:\(server.port)/"
        let error = await failure(
            of: HTTPRequest(method: .post, url: url, body: [1], connectTimeout: .milliseconds(300)),
            with: client
        )
        #expect(error == .timedOut(.connect, host: "127.0.0.1"))
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test(arguments: [LoopbackServer.End.close, .reset], ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"])
    func answerThatBreaksOffIsAReset(end: LoopbackServer.End, start: String) async throws {
        let server = try LoopbackServer { _ in .raw(Array(start.utf8), end) }
        defer { server.stop() }
        let error = await failure(of: HTTPRequest(method: .post, url: server.url, body: [1]), with: client)
        #expect(error == .connectionReset(host: "127.0.0.1", sent: true))
        #expect(server.received.count == 1)
    }

    @Test(arguments: [[], [1, 2, 3]] as [[UInt8]])
    func postIsNeverRepeatedWhenAReusedConnectionDies(body: [UInt8]) async throws {
        let server = try LoopbackServer { $0.path == "/first" ? .answer(status: 200) : .raw([], .close) }
        defer { server.stop() }
        _ = try await client.send(HTTPRequest(method: .post, url: server.url + "/first", body: [1]))
        let error = await failure(of: HTTPRequest(method: .post, url: server.url + "/second", body: body), with: client)
        #expect(error == .connectionReset(host: "127.0.0.1", sent: true))
        #expect(server.received.map(\.path) == ["/first", "/second"])
    }

    @Test func getIsRepeatedWhenAReusedConnectionDies() async throws {
        let server = try LoopbackServer { request in
            request.path == "/second" && request.connection == 1 ? .raw([], .close) : .answer(status: 200)
        }
        defer { server.stop() }
        _ = try await client.send(HTTPRequest(method: .get, url: server.url + "/first"))
        let response = try await client.send(HTTPRequest(method: .get, url: server.url + "/second"))
        #expect(response.status == 200)
        #expect(server.received.map(\.connection) == [1, 1, 2])
    }

    enum Oversized: CaseIterable {
        case announced
        case chunked
        case compressed

        var reply: LoopbackServer.Reply {
            let big = [UInt8](repeating: 0x20, count: 100_000)
            switch self {
            case .announced:
                return .answer(status: 200, body: big)
            case .chunked:
                let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n"
                return .raw(Array(head.utf8) + big + Array("\r\n0\r\n\r\n".utf8), .keep)
            case .compressed:
                return .answer(status: 200, headers: [("Content-Encoding", "gzip")], body: Gzip.compress(big) ?? [])
            }
        }
    }

    @Test(arguments: Oversized.allCases)
    func oversizedBodyIsRefused(form: Oversized) async throws {
        let server = try LoopbackServer { _ in form.reply }
        defer { server.stop() }
        let error = await failure(
            of: HTTPRequest(method: .get, url: server.url, responseBytesMax: 99_999),
            with: client
        )
        #expect(error == .bodyTooLarge(limit: 99_999))
        let allowed = HTTPRequest(method: .get, url: server.url, responseBytesMax: 100_000)
        #expect(try await client.send(allowed).body.count == 100_000)
    }

    @Test func oversizedHeadersAreRefused() async throws {
        let server = try LoopbackServer { _ in
            .answer(status: 200, headers: (0..<40).map { ("X-\($0)", String(repeating: "x", count: 10_000)) })
        }
        defer { server.stop() }
        let error = await failure(of: HTTPRequest(method: .get, url: server.url), with: client)
        #expect(error == .headersTooLarge(limit: 256 << 10))
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ])
    func answerThatIsNotHTTPIsMalformed(answer: String) async throws {
        let server = try LoopbackServer { _ in .raw(Array(answer.utf8), .close) }
        defer { server.stop() }
        let error = await failure(of: HTTPRequest(method: .post, url: server.url, body: [1]), with: client)
        #expect(error?.mayHaveBeenSent == true)
        #expect(error == .malformedResponse(host: "127.0.0.1"))
    }

    @Test func errorTextHasNoPathQueryOrHeader() async throws {
        let server = try LoopbackServer { _ in .raw([], .reset) }
        defer { server.stop() }
        let secret = "s3cr3t"
        let request = HTTPRequest(
            method: .post,
            url: server.url + "/\(secret)?q=\(secret)",
            headers: [("Authorization", secret)],
            body: [1]
        )
        let error = try #require(await failure(of: request, with: client))
        #expect(!"\(error) \(String(reflecting: error)) \(request) \(String(reflecting: request))".contains(secret))
        var dumped = ""
        dump(request, to: &dumped)
        #expect(!dumped.contains(secret))
    }

    @Test func cancellationEndsTheRequestAtOnce() async throws {
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        let client = client
        let request = HTTPRequest(method: .post, url: server.url, body: [1])
        let result = await withTaskGroup(of: HTTPError?.self) { group in
            group.addTask { await failure(of: request, with: client) }
            await server.waitForRequests(1)
            group.cancelAll()
            return await group.next()
        }
        #expect(result == .cancelled(sent: true))
    }

    @Test func cancelledTaskSendsNothing() async throws {
        let server = try LoopbackServer { _ in .answer(status: 200) }
        defer { server.stop() }
        let client = client
        let request = HTTPRequest(method: .post, url: server.url, body: [1])
        let result = await withTaskGroup(of: HTTPError?.self) { group in
            group.cancelAll()
            group.addTask { await failure(of: request, with: client) }
            return await group.next()
        }
        #expect(result == .cancelled(sent: false))
        #expect(server.received.isEmpty)
    }

    @Test func shutdownEndsWhatIsOutstandingAndWhatComesLater() async throws {
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        let client = client
        let request = HTTPRequest(method: .post, url: server.url, body: [1])
        let result = await withTaskGroup(of: HTTPError?.self) { group in
            group.addTask { await failure(of: request, with: client) }
            await server.waitForRequests(1)
            await client.shutdown()
            return await group.next()
        }
        #expect(result == .closed(sent: true))
        #expect(await failure(of: request, with: client) == .closed(sent: false))
        await client.shutdown()
    }

    @Test func heartbeatComesRoundWhileRequestsAreOutAndAfterTheEnd() async throws {
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        let client = client
        let request = HTTPRequest(method: .get, url: server.url)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await failure(of: request, with: client) }
            await server.waitForRequests(1)
            for _ in 0..<100 { await client.heartbeat() }
            group.addTask { await client.heartbeat() }
            await client.shutdown()
        }
        await client.heartbeat()
    }

    @Test func requestOverTheLimitIsRefused() async throws {
        var options = HTTPClientOptions.forTests
        options.requestsMax = 1
        let limited = try HTTPClient(options: options)
        let server = try LoopbackServer { _ in .silence }
        defer { server.stop() }
        let request = HTTPRequest(method: .post, url: server.url, body: [1])
        await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await failure(of: request, with: limited) }
            await server.waitForRequests(1)
            #expect(await failure(of: request, with: limited) == .tooManyRequests(limit: 1))
            group.cancelAll()
        }
    }
}

/// What a request fails with, or nil when it is answered.
func failure(of request: HTTPRequest, with client: HTTPClient) async -> HTTPError? {
    do throws(HTTPError) {
        _ = try await client.send(request)
        return nil
    } catch {
        return error
    }
}
