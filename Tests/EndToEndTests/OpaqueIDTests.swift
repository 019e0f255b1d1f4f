import JSON
import TestSupport
import Testing

/// Ids, keys and people are the bytes that they came as: two normal forms of one letter are two of them.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct OpaqueIDTests {
    private static let composed = "caf\u{e9}"
    private static let decomposed = "cafe\u{301}"
    private let scene: Scene

    init() async throws {
        scene = try await Scene.start()
        _ = try await scene.configurePaused(["mappings": [["id": "Newsletter__c", "value": .string(Self.composed)]]])
    }

    @Test func twoFormsAreTwoEventsAndTwoPeople() async throws {
        let client = try scene.daemon.admin()
        var deliveries: [JSONValue] = []
        for (id, granted) in [(Self.composed, true), (Self.decomposed, false)] {
            let choices = JSONValue.object(JSONObject([(Self.composed, .bool(granted))]))
            let result = try await client.result("publishConsent", Scene.publishing(id, choices, id: id))
            #expect(result["replayed"] == false, "\(result)")
            deliveries += result["deliveries"]?.arrayValue ?? []
        }
        for (id, delivery) in zip([Self.composed, Self.decomposed], deliveries) {
            for question: JSONValue in [["event_id": .string(id)], ["organization_user_id": .string(id)]] {
                let found = try await client.result("deliveryStatus", question)["deliveries"]?.arrayValue ?? []
                #expect(found.map { $0["delivery_id"] } == [delivery["delivery_id"]], "\(question): \(found)")
            }
        }
        _ = try await client.result("eraseSubject", ["organization_user_id": .string(Self.composed)])
        let kept = try await client.result("deliveryStatus", ["organization_user_id": .string(Self.decomposed)])
        #expect(kept["deliveries"]?.arrayValue?.count == 1, "\(kept)")
    }

    @Test func aMappingTakesItsOwnFormOnly() async throws {
        let choices = JSONValue.object(JSONObject([(Self.decomposed, .bool(true))]))
        let params = Scene.publishing("ada@example.com", choices)
        let result = try await scene.daemon.publisher().result("publishConsent", params)
        #expect(result["deliveries"]?[0]?.state == "skipped" && result["deliveries"]?[0]?["reason"] == "NOTHING_MAPPED")
    }

    @Test func twoFormsAreTwoCreations() async throws {
        let client = try scene.daemon.admin()
        var ids: [JSONValue] = []
        for (key, name) in [(Self.composed, "one"), (Self.decomposed, "two"), (Self.composed, "one")] {
            let changes: JSONValue = ["name": .string(name), "_meta": ["idempotency_key": .string(key)]]
            let params = Scene.configuration(url: scene.simulator.url, changes)
            ids.append(try await client.result("createConfiguration", params)["id"] ?? .null)
        }
        #expect(ids[0] != ids[1] && ids[0] == ids[2], "\(ids)")
    }
}
