import JSON
import TestSupport
import Testing

/// What lasts for minutes, with a delivery loop for which a minute is a second.
@Suite(.timeLimit(.minutes(2))) struct DeliveryParkingTests {
    private static func scene() async throws -> Scene {
        let scene = Scene(
            simulator: try await SimulatorProcess.start(),
            daemon: try await DaemonProcess.start(environment: ["CONSENTD_FAULT_CLOCK_RATE": "60"])
        )
        try await scene.simulator.seed("Lead", (0..<50).map { Scene.lead("person\($0)@example.com") })
        return scene
    }

    private static var events: [JSONValue] {
        (0..<50).map { Scene.publishing("person\($0)@example.com", Scene.newsletter(true)) }
    }

    @Test func anOrgThatIsDownForLongParksEverythingAndGetsItOnceItAnswers() async throws {
        let scene = try await Self.scene()
        try await scene.configure()
        try await scene.simulator.fail(["fault": "status", "status": 503])
        // Told of every change: a poll that comes late would find them tried again already.
        let watcher = try scene.daemon.admin()
        try await watcher.send(RPCText.call(1, "watchDeliveries"))
        let ids = Scene.ids(of: try await scene.publish(Self.events))
        var firstParked: [String: JSONValue] = [:]
        var triedAgain: Set<String> = []
        // Much longer, and still there.
        while triedAgain.count < ids.count {
            let message = try await watcher.answer()
            let delivery = try #require(message["params"]?["delivery"], "\(message)")
            let id = try #require(delivery["delivery_id"]?.stringValue)
            if delivery.state == "parked", firstParked[id] == nil { firstParked[id] = delivery }
            if (delivery["attempts"]?.intValue ?? 0) >= 8 { triedAgain.insert(id) }
        }
        #expect(firstParked.count == ids.count)
        #expect(firstParked.values.allSatisfy { $0["attempts"] == 7 }, "\(firstParked.values)")
        #expect(firstParked.values.allSatisfy { $0["next_attempt_at"]?.stringValue != nil })
        try await scene.simulator.recover()
        let settled = try await scene.deliveries(ids, in: ["delivered"], within: .seconds(60))
        #expect(settled.count == 50)
        #expect(try await scene.count("records_updated") == 50)
    }

    @Test func aDailyLimitIsProbedOnceAMinuteAndThenLessOften() async throws {
        let scene = try await Self.scene()
        try await scene.configure()
        try await scene.simulator.fail(["fault": "daily_limit", "times": 4])
        let ids = Scene.ids(of: try await scene.publish(Self.events))
        let settled = try await scene.deliveries(ids, in: ["delivered"], within: .seconds(60))
        // The first call, probes after 1, 2 and 4 minutes, and then the one that gets through.
        #expect(settled.allSatisfy { $0["attempts"] == 1 })
        #expect(try await scene.count("records_updated") == 50)
    }
}
