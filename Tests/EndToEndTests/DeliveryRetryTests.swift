import ChildProcesses
import JSON
import TestSupport
import Testing

/// What passes by itself is tried again when the documentation says, and what does not is told.
@Suite(.timeLimit(.minutes(2))) struct DeliveryRetryTests {
    private static let update: JSONValue = ["kind": "collections_update"]

    private static func scene(_ people: String...) async throws -> Scene {
        let scene = try await Scene.start()
        try await scene.simulator.seed("Lead", people.map { Scene.lead($0) })
        return scene
    }

    @Test func aLockedRecordIsTriedAgainAfterTwoSeconds() async throws {
        let scene = try await Self.scene("ada@example.com")
        try await scene.configure()
        try await scene.simulator.fail(["fault": "lock", "first": 1, "times": 1])
        let waiting = try await scene.deliver("ada@example.com", until: ["retrying", "delivered"])
        #expect(waiting.state == "retrying")
        #expect(waiting["reason"] == "UNABLE_TO_LOCK_ROW")
        #expect(waiting["attempts"] == 1)
        #expect(waiting["last_attempt"]?["error_code"] == "UNABLE_TO_LOCK_ROW")
        #expect((1_600...2_000).contains(waiting.gapMilliseconds ?? 0), "\(waiting)")
        let done = try await scene.delivery(waiting["delivery_id"] ?? .null, in: Scene.terminal)
        #expect(done.state == "delivered")
        #expect(done["attempts"] == 2)
        #expect(done["next_attempt_at"] == nil && done["reason"] == nil)
    }

    enum Passing: String, CaseIterable {
        case serverUnavailable, empty, truncated, notUTF8, reset, concurrentLimit, unknownServerError

        var fault: JSONValue {
            let what: JSONValue =
                switch self {
                case .serverUnavailable: ["fault": "status", "status": 503, "code": "SERVER_UNAVAILABLE"]
                case .empty: ["fault": "status", "status": 503, "body": "empty"]
                case .truncated: ["fault": "status", "status": 200, "body": "truncated"]
                case .notUTF8: ["fault": "status", "status": 200, "body": "not_utf8"]
                case .reset: ["fault": "reset_before"]
                case .concurrentLimit: ["fault": "concurrent_limit"]
                case .unknownServerError: ["fault": "status", "status": 500, "code": "NEVER_SEEN_BEFORE"]
                }
            return what.merging(patch: ["times": 1, "match": update])
        }
    }

    @Test(arguments: Passing.allCases)
    func whatPassesIsRetriedAndThenDelivered(passing: Passing) async throws {
        let scene = try await Self.scene("ada@example.com")
        try await scene.configure()
        try await scene.simulator.fail(passing.fault)
        let waiting = try await scene.deliver("ada@example.com", until: ["retrying", "delivered"])
        #expect(waiting.state == "retrying", "\(waiting)")
        #expect(waiting["reason"]?.stringValue?.isEmpty == false)
        let done = try await scene.delivery(waiting["delivery_id"] ?? .null)
        #expect(done.state == "delivered")
        #expect(try await scene.record("ada@example.com")["Newsletter__c"] == true)
    }

    @Test func retryAfterIsAFloor() async throws {
        let scene = try await Self.scene("ada@example.com")
        try await scene.configure()
        try await scene.simulator.fail([
            "fault": "status", "status": 503, "times": 1, "headers": ["Retry-After": "5"], "match": Self.update,
        ])
        let waiting = try await scene.deliver("ada@example.com", until: ["retrying", "delivered"])
        #expect((4_900...6_000).contains(waiting.gapMilliseconds ?? 0), "\(waiting)")
        #expect(try await scene.delivery(waiting["delivery_id"] ?? .null).state == "delivered")
    }

    @Test func anOpenBreakerSendsOneCallAndEverythingFollowsItsSuccess() async throws {
        let scene = try await Scene.start(simulator: ["--people", "1000"])
        let configuration = try await scene.configurePaused()
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        try await scene.simulator.fail(["fault": "status", "status": 503, "match": Self.update])
        let ids = Scene.ids(
            of: try await scene.publish(people.map { Scene.publishing($0, Scene.newsletter(true)) })
        )
        try await scene.update(configuration, ["paused": false])
        try await Patience.until("five calls have failed") {
            try await scene.count("calls.by_kind.collections_update") >= 5
        }
        // Those that were out end; the breaker stays open for five seconds and more.
        try await Patience.until("no call is out") {
            try await scene.deliveries(ids).allSatisfy { $0.state != "in_flight" }
        }
        // The trial takes as long as this test likes: others would go out meanwhile, if they did.
        try await scene.simulator.fail(only: ["fault": "hold", "match": Self.update])
        try await scene.simulator.resetStatistics()
        try await Patience.until("the trial is made", within: .seconds(60)) {
            try await scene.count("calls.by_kind.collections_update") >= 1
        }
        for _ in 0..<50 { _ = try await scene.daemon.result("health.check") }
        #expect(try await scene.count("calls.by_kind.collections_update") == 1)
        #expect(try await scene.count("concurrent_max") == 1)
        try await scene.simulator.recover()
        _ = try await scene.deliveries(ids, in: ["delivered"])
        #expect(try await scene.count("records_updated") == 1_000)
    }

    @Test func theDailyLimitSpendsNoAttempts() async throws {
        let scene = try await Self.scene("ada@example.com", "bob@example.com")
        let configuration = try await scene.configure()
        try await scene.simulator.fail(["fault": "daily_limit"])
        let waiting = try await scene.deliver("ada@example.com", until: ["retrying", "delivered"])
        #expect(waiting["reason"] == "REQUEST_LIMIT_EXCEEDED")
        #expect(waiting["attempts"] == nil || waiting["attempts"] == 0)
        #expect((59_000...61_000).contains(waiting.gapMilliseconds ?? 0), "\(waiting)")
        let calls = try await scene.count("calls.data")
        // The next person waits without a call.
        _ = try await scene.publish([Scene.publishing("bob@example.com", Scene.newsletter(true))])
        let status = try await scene.daemon.result("getConfiguration", ["id": configuration["id"] ?? .null])
        #expect(status["state_reason"] != nil || status["state"] == "active")
        #expect(try await scene.count("calls.data") == calls)
    }

    @Test func aMaintenancePageLetsTheWholeOrgWait() async throws {
        let scene = try await Self.scene("ada@example.com")
        try await scene.configure()
        try await scene.simulator.fail(["fault": "status", "status": 503, "body": "html", "match": Self.update])
        let waiting = try await scene.deliver("ada@example.com", until: ["retrying", "delivered"])
        #expect(waiting["reason"] == "MAINTENANCE")
        #expect(waiting["attempts"] == nil || waiting["attempts"] == 0)
        #expect((59_000...61_000).contains(waiting.gapMilliseconds ?? 0), "\(waiting)")
    }

    @Test func anAmbiguousFailureIsTriedAgainAfterHalfAMinute() async throws {
        let scene = try await Self.scene("ada@example.com")
        try await scene.configure()
        try await scene.simulator.fail([
            "fault": "record_error", "subject": "ada@example.com", "code": "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            "message": "LeadTrigger: execution of BeforeUpdate caused by: System.NullPointerException",
        ])
        let waiting = try await scene.deliver("ada@example.com", until: ["retrying", "delivered", "failed"])
        #expect(waiting["reason"] == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
        #expect((24_000...30_000).contains(waiting.gapMilliseconds ?? 0), "\(waiting)")
    }

    @Test func aRefusedRecordFailsAtOnceAndCanBeRetriedByHand() async throws {
        let scene = try await Self.scene("ada@example.com")
        try await scene.configure()
        try await scene.simulator.fail([
            "fault": "record_error", "subject": "ada@example.com", "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "message": "a phone number is needed", "fields": ["Newsletter__c"],
        ])
        let failed = try await scene.deliver("ada@example.com")
        #expect(failed.state == "failed")
        #expect(failed["reason"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION")
        #expect(failed["next_attempt_at"] == nil)
        try await scene.simulator.recover()
        let id = failed["delivery_id"] ?? .null
        _ = try await scene.daemon.result("retryDelivery", ["delivery_id": id])
        #expect(try await scene.delivery(id).state == "delivered")
    }

    @Test func aLookupWhoseAnswerLacksARowCreatesNobody() async throws {
        let scene = try await Self.scene("ada@example.com")
        try await scene.configure(["upsert_mode": true])
        try await scene.simulator.fail(["fault": "fewer_rows", "times": 1])
        let waiting = try await scene.deliver("ada@example.com", until: ["retrying", "delivered"])
        #expect(waiting["reason"] == "UNREADABLE_ANSWER", "\(waiting)")
        #expect(try await scene.delivery(waiting["delivery_id"] ?? .null).state == "delivered")
        #expect(try await scene.simulator.records("Lead", subject: "ada@example.com").count == 1)
    }

    @Test func aCreationWithoutAnAnswerIsNotRepeated() async throws {
        let scene = try await Scene.start()
        try await scene.configure(["upsert_mode": true])
        try await scene.simulator.fail([
            "fault": "reset_after_commit", "times": 1, "match": ["kind": "collections_create"],
        ])
        #expect(try await scene.deliver("new@example.com").state == "delivered")
        _ = try await scene.record("new@example.com")
        #expect(try await scene.count("records_created") == 1)
    }

    @Test func aCreationThatOutlivesTheDaemonIsNotRepeatedByTheNext() async throws {
        var scene = try await Scene.start()
        try await scene.configure(["upsert_mode": true])
        // The org takes its time and finishes although nobody listens any more.
        try await scene.simulator.fail(["fault": "hold", "match": ["kind": "collections_create"]])
        let params = Scene.publishing("new@example.com", Scene.newsletter(true))
        let id = try #require(Scene.ids(of: try await scene.publish([params])).first)
        try await Patience.until("the org has the creation") {
            try await scene.count("calls.by_kind.collections_create") == 1
        }
        scene.daemon.process.kill()
        scene.daemon = try await DaemonProcess.start(in: scene.daemon.directory)
        let waiting = try await scene.delivery(id, in: ["retrying", "delivered"])
        #expect(waiting["reason"] == "CREATION_UNSETTLED", "\(waiting)")
        try await scene.simulator.recover()
        try await Patience.until("the record exists") {
            try await scene.simulator.records("Lead", subject: "new@example.com").count > 0
        }
        _ = try await scene.daemon.result("retryDelivery", ["delivery_id": id])
        #expect(try await scene.delivery(id).state == "delivered")
        _ = try await scene.record("new@example.com")
        #expect(try await scene.count("records_created") == 1)
    }

    @Test func aMissingFieldHoldsTheConfigurationUntilItIsMended() async throws {
        let scene = try await Self.scene("ada@example.com")
        let broken: JSONValue = ["mappings": [["id": "Nowhere__c", "value": .string(Scene.newsletter)]]]
        let configuration = try await scene.configure(broken)
        let held = try await scene.deliver("ada@example.com", until: ["held", "failed", "delivered"])
        #expect(held.state == "held")
        #expect(held["next_attempt_at"] != nil, "\(held)")
        let status = try await scene.daemon.result("getConfiguration", ["id": configuration["id"] ?? .null])
        #expect(status["state"] == "held")
        try await scene.update(
            configuration,
            ["mappings": [["id": "Newsletter__c", "value": .string(Scene.newsletter)]]]
        )
        #expect(try await scene.delivery(held["delivery_id"] ?? .null).state == "delivered")
    }
}
