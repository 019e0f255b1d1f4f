import ChildProcesses
import JSON
import TestSupport
import Testing

/// A backlog goes through a job of the org's, whatever happens to it or to the daemon meanwhile.
@Suite(.timeLimit(.minutes(5))) struct DeliveryBulkTests {
    private static let bulk: JSONValue = ["kind": "bulk"]

    /// A daemon with this many people of the org in a backlog of grants.
    private static func backlog(_ count: Int, threshold: Int?) async throws -> Backlog {
        let flags = threshold.map { ["--bulk-threshold", "\($0)"] } ?? []
        let scene = try await Scene.start(simulator: ["--people", "\(count)"], daemon: flags)
        let configuration = try await scene.configurePaused()
        let people = try await scene.simulator.records("Lead").compactMap { $0["Email"]?.stringValue }
        let events = people.map { person in
            Scene.publishing(person, Scene.newsletter(true), createdAt: "2025-03-14T09:26:53.000Z")
        }
        let ids = Scene.ids(of: try await scene.publish(events))
        #expect(ids.count == count)
        return Backlog(scene: scene, configuration: configuration, people: people, ids: ids, flags: flags)
    }

    @Test func twelveThousandPeopleAreOneJob() async throws {
        let backlog = try await Self.backlog(12_000, threshold: nil)
        let scene = backlog.scene
        try await scene.simulator.resetStatistics()
        try await scene.update(backlog.configuration, ["paused": false])
        try await Patience.until("everyone is written", within: .seconds(120)) {
            try await scene.count("records_updated") == 12_000
        }
        let settled = try await scene.deliveries(backlog.ids, in: ["delivered"], within: .seconds(60))
        #expect(settled.allSatisfy { $0["record_ids"]?.arrayValue?.count == 1 })
        #expect(try await scene.count("calls.by_kind.bulk") <= 12)
        // What went out before the backlog was known to be one, and nothing else.
        #expect(try await scene.count("calls.by_kind.collections_update") <= 6)
        let records = try await scene.simulator.records("Lead")
        #expect(records.allSatisfy { $0["Newsletter__c"] == true })
    }

    /// Opening, upload, closing, two looks, and both lists of results, each cut short by a kill.
    @Test(arguments: 0..<7)
    func aKillInAnyPhaseOfTheJobLosesNothing(callsBefore: Int) async throws {
        var backlog = try await Self.backlog(300, threshold: 50)
        // The call is taken in and answered too late.
        try await backlog.scene.simulator.fail(
            ["fault": "latency", "latency_ms": 3_000, "match": Self.bulk, "skip": .int(callsBefore), "times": 1]
        )
        try await backlog.scene.update(backlog.configuration, ["paused": false])
        try await Patience.until("the call is out") {
            try await backlog.scene.count("calls.by_kind.bulk") > callsBefore
        }
        let withdrawn = backlog.people[42]
        let withdrawal = try await backlog.scene.publish([
            Scene.publishing(withdrawn, Scene.newsletter(false), createdAt: "2025-03-15T00:00:00.000Z")
        ])
        backlog.scene.daemon.process.kill()
        backlog.scene.daemon = try await DaemonProcess.start(
            in: backlog.scene.daemon.directory,
            arguments: backlog.flags
        )
        try await backlog.expectEverything(exceptFor: withdrawn, withdrawal)
        #expect(try await backlog.scene.count("overlapping_writes") == 0)
    }

    @Test(arguments: ["fails", "aborted"])
    func whatAJobDidNotDoGoesByCalls(outcome: String) async throws {
        let backlog = try await Self.backlog(300, threshold: 50)
        try await backlog.scene.simulator.fail(["fault": "bulk_job", "outcome": .string(outcome)])
        try await backlog.scene.update(backlog.configuration, ["paused": false])
        _ = try await backlog.scene.deliveries(backlog.ids, in: ["delivered"], within: .seconds(60))
        let half = outcome == "fails" ? 0 : 150
        #expect(try await backlog.scene.count("records_updated") == 300)
        let calls = try await backlog.scene.count("calls.by_kind.collections_update")
        #expect(calls >= (300 - half + 199) / 200)
    }

    @Test(arguments: [404, 400, 500])
    func anOrgThatTakesNoJobsIsWrittenToByCalls(status: Int) async throws {
        let backlog = try await Self.backlog(300, threshold: 50)
        try await backlog.scene.simulator.fail(["fault": "status", "status": .int(status), "match": Self.bulk])
        try await backlog.scene.update(backlog.configuration, ["paused": false])
        _ = try await backlog.scene.deliveries(backlog.ids, in: ["delivered"], within: .seconds(60))
        #expect(try await backlog.scene.count("calls.by_kind.bulk") == 1)
    }

    @Test func eachRecordHasItsOwnOutcomeAndFreshEventsDoNotWait() async throws {
        let backlog = try await Self.backlog(300, threshold: 50)
        let scene = backlog.scene
        let refused = backlog.people[7]
        try await scene.simulator.fail(
            [
                "fault": "record_error", "subject": .string(refused), "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
                "message": "no: never", "fields": ["Newsletter__c"],
            ],
            ["fault": "bulk_job", "outcome": "waits"]
        )
        try await scene.simulator.seed("Lead", [Scene.lead("fresh@example.com")])
        try await scene.update(backlog.configuration, ["paused": false])
        try await Patience.until("the job runs") { try await scene.count("calls.by_kind.bulk") >= 4 }
        // Somebody else is written at once; somebody in the job waits.
        let fresh = try await scene.deliver("fresh@example.com")
        #expect(fresh.state == "delivered")
        let waiting = try await scene.deliver(
            backlog.people[3],
            Scene.newsletter(false),
            until: ["pending", "delivered"]
        )
        #expect(waiting.state == "pending")
        // In one step: the job would find no fault between two.
        try await scene.simulator.fail(only: [
            "fault": "record_error", "subject": .string(refused), "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "message": "no: never", "fields": ["Newsletter__c"],
        ])
        let settled = try await scene.deliveries(backlog.ids, in: Scene.terminal, within: .seconds(60))
        #expect(settled[7].state == "failed")
        #expect(settled[7]["reason"] == "FIELD_CUSTOM_VALIDATION_EXCEPTION")
        #expect(settled[7]["last_attempt"]?["message"] == "no: never")
        #expect(settled.count { $0.state == "delivered" } == 298)
        let id = try #require(waiting["delivery_id"])
        #expect(try await scene.delivery(id).state == "delivered")
        #expect(try await scene.record(backlog.people[3])["Newsletter__c"] == false)
    }

    private struct Backlog {
        var scene: Scene
        var configuration: JSONValue
        var people: [String]
        var ids: [JSONValue]
        var flags: [String]

        /// Everyone's choice is in the org, the newer one where there are two.
        func expectEverything(exceptFor withdrawn: String, _ withdrawal: [JSONValue]) async throws {
            let ids = ids + Scene.ids(of: withdrawal)
            let settled = try await scene.deliveries(ids, in: Scene.terminal, within: .seconds(90))
            #expect(settled.allSatisfy { ["delivered", "superseded", "skipped"].contains($0.state) })
            #expect(settled.last?.state == "delivered")
            for record in try await scene.simulator.records("Lead") {
                let isWithdrawn = record["Email"]?.stringValue == withdrawn
                #expect(record["Newsletter__c"] == .bool(!isWithdrawn))
            }
        }
    }
}
