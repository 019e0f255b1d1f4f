import ChildProcesses
import ConsentClient
import JSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ConnectionFailureTests {
    @Test func missingSocketIsNamed() async throws {
        let directory = try TemporaryDirectory(prefix: "client-tests")
        await expectFailure(.missing, at: directory.file("nobody.sock"))
    }

    @Test func socketWithoutListenerIsRefused() async throws {
        let directory = try TemporaryDirectory(prefix: "client-tests")
        let path = directory.file("left.sock")
        let socket = try RefusingSocket(path: path)
        await expectFailure(.refused, at: path)
        _ = socket
    }

    @Test func longPathIsRefusedBeforeTheSystemIsAsked() async {
        await expectFailure(.pathTooLong, at: "/" + String(repeating: "x", count: 200))
    }

    private func expectFailure(_ reason: ConnectFailure, at path: String) async {
        await #expect(throws: ClientError.cannotConnect(path: path, reason: reason)) {
            _ = try await ConsentClient.connect(to: path)
        }
    }

    @Test func callsWithoutAnswerFailWhenTheConnectionEnds() async throws {
        let server = try await ScriptedServer { requests in requests.count == 2 ? [.close] : [] }
        let client = try await ConsentClient.connect(to: server.path)
        async let first = failure(of: "publishConsent", on: client)
        async let second = failure(of: "publishConsent", on: client)
        #expect(await [first, second] == [.closed, .closed])
        await #expect(throws: ClientError.closed) { try await client.call("publishConsent") }
    }

    @Test func errorThatAnswersNoCallEndsTheConnection() async throws {
        let server = try await ScriptedServer { _ in
            [.send(#"{"jsonrpc":"2.0","id":null,"error":{"code":8,"message":"too many connections"}}"# + "\n")]
        }
        let client = try await ConsentClient.connect(to: server.path)
        let failure = RPCFailure(code: 8, message: "too many connections")
        #expect(failure.statusNumber == 8)
        await #expect(throws: ClientError.rpc(failure)) { try await client.call("health.check") }
        await #expect(throws: ClientError.closed) { try await client.call("health.check") }
    }

    @Test(arguments: ["hello\n", "{]\n", "7 ", #"{"jsonrpc":"2.0","id":1}"#, "\u{0}"])
    func otherProtocolsAreToldApart(answer: String) async throws {
        let server = try await ScriptedServer { _ in [.send(answer)] }
        let client = try await ConsentClient.connect(to: server.path)
        let error = await #expect(throws: ClientError.self) { try await client.call("health.check") }
        guard case .protocolViolation = error else {
            Issue.record("\(answer.debugDescription) led to \(String(describing: error))")
            return
        }
    }

    @Test func notificationsDisturbNobody() async throws {
        let server = try await ScriptedServer { requests in
            let event = #"{"jsonrpc":"2.0","method":"watch.event","params":{"id":1,"seq":2}}"# + "\n"
            return requests.suffix(1).flatMap { [.send(event), .send($0.answered(true)), .send(event)] }
        }
        let client = try await ConsentClient.connect(to: server.path)
        for _ in 0..<3 { #expect(try await client.call("health.check") == true) }
    }

    @Test func overdueAnswerIsGivenUpAndTheConnectionGoesOn() async throws {
        let server = try await ScriptedServer { requests in
            requests.last?["method"] == "slow" ? [] : requests.map { .send($0.answered("late")) }
        }
        let client = try await ConsentClient.connect(to: server.path)
        await #expect(throws: ClientError.deadlineExceeded) {
            try await client.call("slow", timeout: .milliseconds(1))
        }
        #expect(try await client.call("quick") == "late")
    }

    @Test func cancelledCallStopsWaiting() async throws {
        let server = try await ScriptedServer { requests in
            requests.last?["method"] == "slow" ? [] : requests.map { .send($0.answered("answered")) }
        }
        let client = try await ConsentClient.connect(to: server.path)
        let errors = await withTaskGroup(of: ClientError?.self) { group in
            // A task that is cancelled before it calls, and those that are at any point of it.
            for _ in 0..<50 { group.addTask { await failure(of: "slow", on: client) } }
            await Task.yield()
            group.cancelAll()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors == Array(repeating: .cancelled, count: 50))
        #expect(try await client.call("quick") == "answered")
    }

    @Test func closingFailsWhatWaits() async throws {
        let server = try await ScriptedServer { _ in [] }
        let client = try await ConsentClient.connect(to: server.path)
        async let waiting = failure(of: "slow", on: client)
        await client.close()
        #expect(await waiting == .closed)
    }

    private func failure(of method: String, on client: ConsentClient) async -> ClientError? {
        do throws(ClientError) {
            _ = try await client.call(method)
            return nil
        } catch {
            return error
        }
    }
}
