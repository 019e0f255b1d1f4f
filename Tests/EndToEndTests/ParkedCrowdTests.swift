import ChildProcesses
import JSON
import TestSupport
import Testing

/// Ten thousand people who wait for their org for hours, over a restart, until it works again.
@Suite(.timeLimit(.minutes(5))) struct ParkedCrowdTests {
    private static let count = 10_000
    /// One at a time asks whether the org works again, with as many people as one lookup takes.
    private static let askedMax = 1_000

    @Test func thoseWhoWaitForTheirOrgSurviveARestartAndGoOutWithItsFirstSuccess() async throws {
        // Ten minutes take a second, until the restart: after it, whoever is parked has hours to wait.
        var scene = Scene(
            simulator: try await SimulatorProcess.start(arguments: ["--people", "\(Self.count)"]),
            daemon: try await DaemonProcess.start(
                environment: ["CONSENTD_FAULT_CLOCK_RATE": "600", "CONSENTD_BULK_THRESHOLD": "0"]
            )
        )
        try await scene.configure()
        try await scene.simulator.fail(["fault": "status", "status": 503])
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        let ids = Scene.ids(
            of: try await scene.publish(people.map { Scene.publishing($0, Scene.newsletter(false)) })
        )
        // Nobody else is asked for meanwhile.
        try await Patience.until("those who were asked for are parked", within: .seconds(100)) {
            try await Self.waiting(in: scene)["parked"]?.intValue ?? 0 >= Self.askedMax
        }
        #expect(try await scene.daemon.terminate() == .exited(0))

        scene.daemon = try await DaemonProcess.start(
            in: scene.daemon.directory,
            environment: ["CONSENTD_BULK_THRESHOLD": "0"]
        )
        let parked = try await scene.daemon.result("listDeliveries", ["state": "parked", "page_size": 1])
        #expect(parked["deliveries"]?[0]?["attempts"]?.intValue ?? 0 >= 7, "\(parked)")
        let counts = try await Self.waiting(in: scene)
        let states = ["pending", "in_flight", "retrying", "parked"]
        #expect(states.reduce(0) { $0 + (counts[$1]?.intValue ?? 0) } == Self.count, "\(counts)")
        try await scene.simulator.resetStatistics()
        try await scene.simulator.recover()
        try await Patience.until("somebody is delivered", within: .seconds(100)) {
            try await scene.count("records_updated") > 0
        }
        let start = ContinuousClock.now
        try await Patience.until("everybody is delivered", within: .seconds(100)) {
            try await scene.count("records_updated") == Self.count
        }
        print("\(Self.count) people who waited: \(start.duration(to: .now)) from the first success to the last")
        let settled = try await scene.deliveries(ids, in: ["delivered"])
        #expect(settled.count == Self.count)
        #expect(try await scene.count("records_updated") == Self.count)
    }

    private static func waiting(in scene: Scene) async throws -> JSONValue {
        try await scene.daemon.result("serviceStatus")["deliveries"] ?? .null
    }
}
