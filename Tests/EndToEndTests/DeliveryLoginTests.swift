import JSON
import TestSupport
import Testing

/// One login serves everybody, and a refused one is not hammered.
@Suite(.timeLimit(.minutes(2))) struct DeliveryLoginTests {
    @Test func aThousandPublishersCauseOneLogin() async throws {
        let scene = try await Scene.start(simulator: ["--people", "1000", "--latency", "20"])
        try await scene.configure()
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        let published = try await withThrowingTaskGroup(of: [JSONValue].self) { group in
            for start in stride(from: 0, to: people.count, by: 20) {
                group.addTask {
                    let params = people[start..<start + 20].map { Scene.publishing($0, Scene.newsletter(true)) }
                    return try await scene.publish(params)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        _ = try await scene.deliveries(Scene.ids(of: published), in: ["delivered"])
        #expect(try await scene.count("logins") == 1)
        #expect(try await scene.count("records_updated") == 1_000)
    }

    @Test func anExpiredSessionIsRenewedOnceWithoutAnAttempt() async throws {
        let scene = try await Scene.start(simulator: ["--people", "50"])
        try await scene.configure()
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        _ = try await scene.deliver(people[0])
        try await scene.simulator.fail(["fault": "expire_tokens", "times": 1])
        let published = try await scene.publish(people[1...].map { Scene.publishing($0, Scene.newsletter(true)) })
        let delivered = try await scene.deliveries(Scene.ids(of: published), in: ["delivered"])
        #expect(delivered.allSatisfy { $0["attempts"] == 1 })
        #expect(try await scene.count("logins") == 2)
    }

    @Test func aRotatedSecretIsPickedUpWithoutARestart() async throws {
        let scene = try await Scene.start(simulator: ["--people", "3"])
        let configuration = try await scene.configure()
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        _ = try await scene.deliver(people[0])
        try await scene.simulator.set(["client_secret": "rotated"])
        try await scene.simulator.fail(["fault": "expire_tokens", "times": 1])
        let held = try await scene.deliver(people[1], until: ["held", "delivered", "failed"])
        #expect(held.state == "held")
        #expect(held["reason"] == "INVALID_CLIENT", "\(held)")
        // A minute from the refusal, and no login before.
        #expect((58_000...61_000).contains(held.gapMilliseconds ?? 0), "\(held)")
        let refused = try await scene.count("logins_refused")
        let other = try await scene.publish([Scene.publishing(people[2], Scene.newsletter(true))])
        let alsoHeld = try await scene.deliveries(Scene.ids(of: other), in: ["held"])
        #expect(alsoHeld.first?["next_attempt_at"] == held["next_attempt_at"])
        #expect(try await scene.count("logins_refused") == refused)
        let authentication: JSONValue = ["authentication": ["client_secret": "rotated"]]
        try await scene.update(configuration, authentication)
        #expect(try await scene.delivery(held["delivery_id"] ?? .null).state == "delivered")
        _ = try await scene.deliveries(Scene.ids(of: other), in: ["delivered"])
    }
}
