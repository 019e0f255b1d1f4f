import ChildProcesses
import JSON
import TestSupport
import Testing

/// What is told of a write whose event has ended before its answer came.
@Suite(.timeLimit(.minutes(1))) struct OvertakenWriteTests {
    private static let ada = "ada@example.com"

    enum End: CaseIterable { case superseded, cancelled }

    @Test(arguments: End.allCases)
    func aConfirmedWriteIsToldOfThoughItsEventHasEnded(end: End) async throws {
        let scene = try await Scene.start()
        let record = try #require(try await scene.simulator.seed("Lead", [Scene.lead(Self.ada)]).first)
        try await scene.configure()
        try await scene.simulator.fail(["fault": "hold", "match": ["kind": "collections_update"]])
        let publisher = try scene.daemon.publisher()
        let grant = try await publisher.result("publishConsent", Scene.publishing(Self.ada, Scene.newsletter(true)))
        let id = try #require(grant["deliveries"]?[0]?["delivery_id"])
        try await Patience.until("the write is out") { try await scene.count("calls.by_kind.collections_update") == 1 }
        if end == .cancelled { _ = try await scene.daemon.result("cancelDelivery", ["delivery_id": id]) }
        let denial = try await publisher.result("publishConsent", Scene.publishing(Self.ada, Scene.newsletter(false)))
        let ended = try await scene.delivery(id)
        #expect(ended.state == "\(end)" && ended["attempts"] == 0, "\(ended)")
        #expect(ended["last_attempt"] == nil && ended["record_ids"] == nil, "\(ended)")
        try await scene.simulator.recover()
        #expect(try await scene.delivery(of: denial).state == "delivered")

        let told = try await scene.delivery(id)
        #expect(told.state == "\(end)" && told["superseded_by"] == ended["superseded_by"], "\(told)")
        #expect(told["record_ids"] == [.string(record)] && told["created"] == false, "\(told)")
        #expect(told["attempts"] == 1 && told["last_attempt"]?["http_status"] == 200, "\(told)")
        #expect(try await scene.record(Self.ada)["Newsletter__c"] == false)

        scene.daemon.process.kill()
        let restarted = try await DaemonProcess.start(in: scene.daemon.directory)
        let kept = try await restarted.publisher().result("deliveryStatus", ["delivery_id": id])
        #expect(kept["deliveries"]?[0] == told, "\(kept)")
    }
}
