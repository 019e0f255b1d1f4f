import ChildProcesses
import Consent
import JSON
import TestSupport
import Testing

/// Streams changed at random, sent to a live daemon: it answers in its own protocol, ends the connection, and lives.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct FramingFuzzTests {
    /// With `CONSENTD_FUZZ_EXECUTIONS` and `CONSENTD_FUZZ_SEED` as long and as often as wanted.
    @Test func changedStreamsAreAnsweredInTheProtocol() async throws {
        let scene = try await Scene.start()
        try await scene.configure(["authentication": ["url": "http://127.0.0.1:9"]])
        // The first call to an org opens what all of them share.
        let first = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "first")
        _ = try await scene.daemon.result("publishConsent", first)
        try await Patience.until("a call was tried") {
            let status = try await scene.daemon.result("deliveryStatus", ["event_id": "first"])
            return status["deliveries"]?[0]?["attempts"]?.intValue ?? 0 > 0
        }
        let descriptors = try await scene.daemon.descriptorCountAtRest()
        // A changed address would be one of somebody else.
        let requests = try Corpus.requests().filter { !$0.contains("authentication") }.map { Array($0.utf8) }
        var random = SeededGenerator(seed: Corpus.seed)
        var endlessCount = 0
        var errorCount = 0
        let executions = Corpus.executions(1_000)
        for round in 0..<executions {
            let path = Bool.random(using: &random) ? scene.daemon.publishPath : scene.daemon.adminPath
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let request = requests[Int.random(in: 0..<requests.count, using: &random)]
                bytes += Bool.random(using: &random) ? Mutation.bytes(request, using: &random) : request
            }
            let client = try RawClient(path: path)
            let cut = Int.random(in: 0...bytes.count, using: &random)
            for piece in [bytes[..<cut], bytes[cut...]] { try? await client.socket.send(Array(piece)) }
            client.socket.finishSending()
            do {
                while let line = try await client.line(within: .seconds(2)) {
                    let message = try JSONValue.parse(line)
                    let answers = message.arrayValue ?? [message]
                    guard !answers.isEmpty, answers.allSatisfy(Self.isOfTheProtocol) else {
                        Issue.record("round \(round) of seed \(Corpus.seed): \(bytes) is answered with \(line)")
                        return
                    }
                    if message["error"] != nil { errorCount += 1 }
                }
            } catch is TimedOut {
                // A change can take the end off a watch.
                endlessCount += 1
            }
        }
        #expect(endlessCount * 20 <= executions && errorCount > executions / 10)
        #expect(try await scene.daemon.result("health.check")["status"] == "SERVING")
        try await Patience.until("nothing is left open") { scene.daemon.openDescriptorCount <= descriptors }
        #expect(try await scene.daemon.terminate() == .exited(0))
    }

    private static func isOfTheProtocol(_ message: JSONValue) -> Bool {
        guard message["jsonrpc"] == "2.0", let members = message.objectValue?.names else { return false }
        if members == ["jsonrpc", "method", "params"] { return true }
        if members == ["jsonrpc", "id", "result"] { return true }
        guard members == ["jsonrpc", "id", "error"], let data = message["error"]?["data"] else { return false }
        let isRetriable = data["status"] != "RESOURCE_EXHAUSTED" || data["retry_after_ms"]?.intValue != nil
        return isRetriable && message.code != nil && message.code != -32603 && data["domain"] == "consentd"
    }
}
