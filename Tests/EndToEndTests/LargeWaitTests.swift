import JSON
import TestSupport
import Testing

/// A publish that waits for its delivery counts as unsynced only until it is synced, whatever becomes of the wait.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct LargeWaitTests {
    private let scene: Scene

    init() async throws {
        scene = try await Scene.start()
        try await scene.configure(["authentication": ["url": "http://127.0.0.1:9"]])
    }

    private func wait(_ number: Int, bytes: Int, timeout: Int) -> String {
        let padding: JSONValue = ["event": ["padding": .string(String(repeating: "x", count: bytes))]]
        let params = Scene.publishing("p\(number)@example.com", Scene.newsletter(true), waitFor: "delivered")
            .merging(patch: padding)
            .merging(patch: ["_meta": ["timeout_ms": .int(timeout)]])
        return RPCText.call(.int(number), "publishConsent", params)
    }

    @Test func waitsWhoseTimeIsOverHoldNothing() async throws {
        let client = try scene.daemon.publisher()
        for number in 0..<6 {
            try await client.send(wait(number, bytes: 1 << 20, timeout: 50))
            let answer = try await client.answer()
            #expect(answer["id"] == .int(number) && answer.status == "DEADLINE_EXCEEDED", "\(answer)")
        }
        #expect(try await client.call("health.check")["result"] != nil)
    }

    @Test func cancelIsReadBehindAsManyWaitsAsThereMayBe() async throws {
        let client = try scene.daemon.publisher()
        for number in 0..<32 { try await client.send(wait(number, bytes: 160 << 10, timeout: 60_000)) }
        for number in 0..<32 {
            try await client.send(RPCText.call(.string("c\(number)"), "rpc.cancel", ["id": .int(number)]))
            let answers = try await client.answers(2)
            #expect(answers.answer(to: .int(number))?.code == 1, "\(answers)")
            #expect(answers.answer(to: .string("c\(number)"))?["result"] == [:], "\(answers)")
        }
        #expect(try await client.call("health.check")["result"] != nil)
    }
}
