import JSON
import TestSupport
import Testing

/// Several events of one person go out as one write, and what is wrong with one of them is no reason to lose another.
@Suite(.timeLimit(.minutes(1))) struct DividedWriteTests {
    private static let ada = "ada@example.com"
    private static let tooLong: JSONValue = ["note": .string(String(repeating: "x", count: 300))]

    private static func scene() async throws -> (Scene, configuration: JSONValue) {
        let scene = try await Scene.start()
        try await scene.simulator.seed("Lead", [Scene.lead(ada, ["Newsletter__c": true])])
        let configuration = try await scene.configurePaused([
            "mappings": [
                ["id": "Newsletter__c", "value": .string(Scene.newsletter)],
                ["id": "Consent_Note__c", "value": "note"],
            ]
        ])
        return (scene, configuration)
    }

    @Test(arguments: [false, true])
    func aDenialIsWrittenThoughAnotherEventOfThePersonIsRefused(isDenialLast: Bool) async throws {
        let (scene, configuration) = try await Self.scene()
        var choices = [Scene.newsletter(false), Self.tooLong]
        if isDenialLast { choices.reverse() }
        var published: [JSONValue] = []
        for choice in choices {
            let event = Scene.publishing(Self.ada, choice)
            published.append(try await scene.daemon.publisher().result("publishConsent", event))
        }
        if isDenialLast { published.reverse() }
        try await scene.update(configuration, ["paused": false])
        let denial = try await scene.delivery(of: published[0])
        let note = try await scene.delivery(of: published[1])
        #expect(denial.state == "delivered", "\(denial)")
        #expect(note.state == "failed" && note["reason"] == "STRING_TOO_LONG", "\(note)")
        #expect(try await scene.record(Self.ada)["Newsletter__c"] == false)
    }

    @Test func whatStandsForAnUnwrittenDenialCannotBeCancelled() async throws {
        let (scene, configuration) = try await Self.scene()
        let times = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]
        var ids: [JSONValue] = []
        for (choice, time) in zip([false, true, true], times) {
            let event = Scene.publishing(Self.ada, Scene.newsletter(choice), createdAt: time)
            ids += Scene.deliveryIDs(try await scene.daemon.publisher().result("publishConsent", event))
        }
        let refused = try await scene.daemon.admin().call("cancelDelivery", ["delivery_id": ids[2]])
        #expect(refused.status == "FAILED_PRECONDITION" && refused.reason == "STANDS_FOR_WITHDRAWAL", "\(refused)")
        let other = Scene.publishing("bob@example.com", Scene.newsletter(true))
        let alone = Scene.deliveryIDs(try await scene.daemon.publisher().result("publishConsent", other))
        let cancelled = try await scene.daemon.result("cancelDelivery", ["delivery_id": alone[0]])
        #expect(cancelled.state == "cancelled")
        try await scene.update(configuration, ["paused": false])
        #expect(try await scene.delivery(ids[2]).state == "delivered")
        // What is written stands for nothing that could be lost any more.
        let late = Scene.publishing(Self.ada, Scene.newsletter(false), createdAt: "2026-01-02T12:00:00Z")
        let stale = try await scene.delivery(of: try await scene.daemon.publisher().result("publishConsent", late))
        #expect(stale.state == "skipped" && stale["reason"] == "STALE", "\(stale)")
    }
}
