import JSON
import TestSupport
import Testing

/// A batch is answered as one array, in its own order.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct BatchTests {
    private let daemon: DaemonProcess
    private let client: RawClient

    init() async throws {
        daemon = try await DaemonProcess.start()
        client = try daemon.publisher()
    }

    private static func batch(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }

    /// Proves that nothing more was answered, and that the connection lives.
    private func expectSilence() async throws {
        #expect(try await client.result("health.check")["status"] == "SERVING")
    }

    @Test func answersKeepTheOrderOfTheCalls() async throws {
        let items = (0..<40).map { number in
            number % 4 == 3
                ? RPCText.notification("health.check")
                : RPCText.call(.int(number), number % 2 == 0 ? "health.check" : "no.such.method")
        }
        try await client.send(Self.batch(items))
        let answers = try #require(try await client.answer().arrayValue)
        #expect(answers.compactMap { $0["id"]?.intValue } == (0..<40).filter { $0 % 4 != 3 })
        for answer in answers {
            let isEven = (answer["id"]?.intValue ?? 0) % 2 == 0
            #expect(isEven ? answer["result"] != nil : answer.code == -32601)
        }
    }

    @Test func onlyNotificationsAreAnsweredWithNothing() async throws {
        try await client.send(
            Self.batch([RPCText.notification("health.check"), RPCText.notification("no.such.method")])
        )
        try await expectSilence()
    }

    @Test func emptyBatchIsOneError() async throws {
        try await client.send("[]")
        let answer = try await client.answer()
        #expect(answer.code == -32600 && answer["id"]?.isNull == true, "\(answer)")
        try await client.send("[ \n ]")
        #expect(try await client.answer().code == -32600)
        try await expectSilence()
    }

    @Test func invalidItemsFailAlone() async throws {
        let good = RPCText.call("good", "health.check")
        try await client.send(Self.batch(["1", "\"x\"", "null", "[]", "[\(good)]", "{}", good, #"{"id":5}"#]))
        let answers = try #require(try await client.answer().arrayValue)
        #expect(answers.map(\.code) == [-32600, -32600, -32600, -32600, -32600, -32600, nil, -32600])
        #expect(answers[6]["result"]?["status"] == "SERVING")
        #expect(answers[7]["id"] == 5)
        #expect(answers[..<6].allSatisfy { $0["id"]?.isNull == true })
        try await expectSilence()
    }

    @Test func aThousandItemsAreTaken() async throws {
        try await client.send(Self.batch((0..<1000).map { RPCText.call(.int($0), "health.check") }))
        let answers = try #require(try await client.answer().arrayValue)
        #expect(answers.compactMap { $0["id"]?.intValue } == Array(0..<1000))
    }

    @Test func oneItemMoreIsRefusedWithTheFirstCallsID() async throws {
        let first = RPCText.notification("health.check")
        let calls = (1...1000).map { RPCText.call(.string("call \($0)"), "health.check") }
        try await client.send(Self.batch([first] + calls))
        let answers = try #require(try await client.answer().arrayValue)
        #expect(answers.count == 1)
        #expect(answers.first?.code == -32600 && answers.first?["id"] == "call 1", "\(answers)")
        try await expectSilence()
    }

    @Test func batchesPublishInOrderAndAreNotAtomic() async throws {
        _ = try await daemon.result("createConfiguration", Scene.configuration(url: "http://127.0.0.1:1"))
        var items = (0..<20).map { number in
            RPCText.call(
                .int(number),
                "publishConsent",
                Scene.publishing("p\(number)@example.com", Scene.newsletter(true), id: "batched-\(number)")
            )
        }
        items.insert(RPCText.call("bad", "publishConsent", ["event": 5]), at: 10)
        try await client.send(Self.batch(items))
        let answers = try #require(try await client.answer().arrayValue)
        #expect(answers.count == 21 && answers[10].code == -32602)
        let numbers = answers.compactMap { $0["result"]?["seq"]?.intValue }
        #expect(numbers.count == 20 && numbers == numbers.sorted() && Set(numbers).count == 20, "\(numbers)")
    }

    @Test func readInABatchSeesTheWriteBeforeIt() async throws {
        _ = try await daemon.result("createConfiguration", Scene.configuration(url: "http://127.0.0.1:1"))
        try await client.send(
            Self.batch([
                RPCText.call(1, "publishConsent", Scene.publishing("a@b.example", Scene.newsletter(true), id: "own")),
                RPCText.call(2, "deliveryStatus", ["event_id": "own"]),
            ])
        )
        let answers = try #require(try await client.answer().arrayValue)
        #expect(answers.count == 2 && answers[1]["result"]?["deliveries"]?.arrayValue?.count == 1, "\(answers)")
    }
}
