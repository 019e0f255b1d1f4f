import JSON
import TestSupport
import Testing

/// What `retryDelivery` counts, and where `listDeliveries` ends.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct RetryAndPagingTests {
    private let scene: Scene

    init() async throws {
        scene = try await Scene.start()
    }

    @Test func onlyWhatIsTriedAgainIsCounted() async throws {
        try await scene.simulator.seed("Lead", [Scene.lead("ada@example.com"), Scene.lead("ada@example.com")])
        try await scene.simulator.seed("Lead", [Scene.lead("bob@example.com"), Scene.lead("bob@example.com")])
        let configuration = try await scene.configure(["properties": ["on_multiple_matches": "reject"]])
        var failed: [JSONValue] = []
        for (person, choice) in [("ada", true), ("ada", false), ("bob", true)] {
            let delivery = try await scene.deliver("\(person)@example.com", Scene.newsletter(choice))
            #expect(delivery.state == "failed", "\(delivery)")
            failed.append(delivery["delivery_id"] ?? .null)
        }
        let overtaken = try await scene.daemon.admin().call("retryDelivery", ["delivery_id": failed[0]])
        #expect(overtaken.status == "FAILED_PRECONDITION" && overtaken.reason == "OVERTAKEN", "\(overtaken)")
        let all: JSONValue = ["configuration_id": configuration["id"] ?? .null, "state": "failed"]
        #expect(try await scene.daemon.result("retryDelivery", all)["retried"] == 2)
        for id in failed { #expect(try await scene.delivery(id).state == "failed") }
        #expect(try await scene.daemon.result("retryDelivery", ["delivery_id": failed[1]])["retried"] == 1)
    }

    @Test func whatWaitsIsTriedAtOnceAndWhatGoesOutByItselfOrHasEndedIsNot() async throws {
        try await scene.simulator.seed("Lead", [Scene.lead("ada@example.com")])
        let configuration = try await scene.configure()
        try await scene.simulator.fail([
            "fault": "record_error", "subject": "ada@example.com", "code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
        ])
        let retrying = try await scene.deliver("ada@example.com", until: ["retrying", "delivered", "failed"])
        #expect(retrying.state == "retrying", "\(retrying)")
        try await scene.simulator.recover()
        let waiting: JSONValue = ["delivery_id": retrying["delivery_id"] ?? .null]
        #expect(try await scene.daemon.result("retryDelivery", waiting)["retried"] == 1)
        #expect(try await scene.delivery(retrying["delivery_id"] ?? .null).state == "delivered")
        let delivered = try await scene.daemon.admin().call("retryDelivery", waiting)
        #expect(delivered.status == "FAILED_PRECONDITION" && delivered.reason == "DELIVERY_STATE", "\(delivered)")
        try await scene.update(configuration, ["paused": true])
        let held = try await scene.deliver("ada@example.com", until: ["held", "delivered", "failed"])
        let own: JSONValue = ["delivery_id": held["delivery_id"] ?? .null]
        #expect(try await scene.daemon.result("retryDelivery", own)["retried"] == 0)
        #expect(try await scene.daemon.result("cancelDelivery", own).state == "cancelled")
        let cancelled = try await scene.daemon.admin().call("retryDelivery", own)
        #expect(cancelled.reason == "DELIVERY_STATE", "\(cancelled)")
    }

    /// All pages, each by its number of deliveries.
    private func pages(_ question: JSONValue) async throws -> (counts: [Int], ids: [JSONValue]) {
        let client = try scene.daemon.admin()
        var counts: [Int] = []
        var ids: [JSONValue] = []
        var token: JSONValue?
        repeat {
            let page = try await client.result(
                "listDeliveries",
                question.merging(patch: token.map { ["page_token": $0] } ?? [:])
            )
            let deliveries = page["deliveries"]?.arrayValue ?? []
            counts.append(deliveries.count)
            ids += deliveries.compactMap { $0["delivery_id"] }
            token = page["next_page_token"]
        } while token != nil && counts.count < 20
        return (counts, ids)
    }

    @Test func theLastPageHasNoTokenAlsoWhereItIsFull() async throws {
        let first = try await scene.configurePaused(["name": "first"])
        _ = try await scene.configurePaused(["name": "second"])
        var published: [JSONValue] = []
        for number in 0..<6 {
            let event = Scene.publishing("p\(number)@example.com", Scene.newsletter(true))
            published += Scene.deliveryIDs(try await scene.daemon.publisher().result("publishConsent", event))
        }
        // Every other event's delivery to the first is cancelled.
        let id = first["id"] ?? .null
        let ofFirst = published.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        for delivery in ofFirst.enumerated().filter({ $0.offset % 2 == 0 }).map(\.element) {
            _ = try await scene.daemon.result("cancelDelivery", ["delivery_id": delivery])
        }
        for (question, total) in [
            ([:], 12), (["configuration_id": id], 6), (["state": "held"], 9), (["state": "cancelled"], 3),
            (["configuration_id": id, "state": "held"], 3), (["state": "failed"], 0),
        ] as [(JSONValue, Int)] {
            let whole = try await pages(question.merging(patch: ["page_size": 1_000])).ids
            #expect(whole.count == total && Set(whole.map(\.description)).count == total, "\(question)")
            for size in [1, 2, 3, 4, 6, 9, 12] {
                let (counts, ids) = try await pages(question.merging(patch: ["page_size": .int(size)]))
                var expected = [Int](repeating: size, count: total / size)
                if total % size != 0 || total == 0 { expected.append(total % size) }
                #expect(counts == expected && ids == whole, "\(question), \(size) a page: \(counts)")
            }
        }
    }
}

extension Scene {
    /// The ids of all deliveries of a publish.
    static func deliveryIDs(_ published: JSONValue) -> [JSONValue] {
        published["deliveries"]?.arrayValue?.compactMap { $0["delivery_id"] } ?? []
    }
}
