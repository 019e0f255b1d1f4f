import JSON
import TestSupport
import Testing

/// What a batch may get back: megabytes, which take a while to make and to read.
@Suite(.timeLimit(.minutes(1)))
struct BatchLimitTests {
    @Test func resultsOfABatchAreBounded() async throws {
        let daemon = try await DaemonProcess.start()
        let client = try daemon.publisher()
        let info = try await client.result("rpc.serverInfo")
        let limit = try #require(info["limits"]?["batch_answer_bytes"]?.intValue)
        let items = (0..<1_000).map { RPCText.call(.int($0), $0 < 999 ? "rpc.discover" : "no.such.method") }
        try await client.send("[" + items.joined(separator: ",") + "]")
        let line = try #require(try await client.line(within: .seconds(60)))
        let answers = try #require(try JSONValue.parse(line).arrayValue)
        #expect(answers.compactMap { $0["id"]?.intValue } == Array(0..<1_000))
        let refused = answers.filter { $0.reason == "BATCH_ANSWER_TOO_LARGE" }
        #expect(refused.allSatisfy { $0.code == 8 && $0["error"]?["data"]?["retry_after_ms"]?.intValue ?? 0 > 0 })
        #expect(answers.last?.code == -32601, "what is not a result has room")
        let given = answers.count { $0["result"] != nil }
        #expect(given + refused.count == 999 && given > 10, "\(given) results")
        #expect(line.utf8.count > limit - 200_000 && line.utf8.count < limit + 1_000 * 400, "\(line.utf8.count)")
        #expect(try await client.result("health.check")["status"] == "SERVING")
    }
}
