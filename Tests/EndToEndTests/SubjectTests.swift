import ChildProcesses
import JSON
import TestSupport
import Testing

/// What callers learn of a person, and how a person is forgotten.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SubjectTests {
    @Test func explainSubjectTellsWhatStandsAndWhy() async throws {
        let scene = try await Scene.start()
        let configuration = try await scene.configure()
        _ = try await scene.simulator.seed("Lead", [Scene.lead("ada@example.com")])
        _ = try await scene.deliver("ada@example.com", createdAt: "2026-01-01T00:00:00Z")
        _ = try await scene.deliver("ada@example.com", Scene.newsletter(false), createdAt: "2026-01-02T00:00:00Z")
        let result = try await scene.daemon.result("explainSubject", ["organization_user_id": "ada@example.com"])
        #expect(result["organization_user_id"] == "ada@example.com")
        let explained = try #require(result["configurations"]?[0])
        #expect(explained["configuration_id"] == configuration["id"])
        #expect(explained["record_ids"]?.arrayValue?.count == 1)
        #expect(explained["deliveries"]?.arrayValue?.count == 2)
        let field = try #require(explained["fields"]?[0])
        #expect(field["field"] == "Newsletter__c")
        #expect(field["value"] == false)
        #expect(field["rule"] == "NEWEST")
        #expect(field["state"] == "delivered")
        #expect(field["event_created_at"] == "2026-01-02T00:00:00.000Z")
        #expect(field["delivered_at"]?.stringValue != nil)
        let unknown = try await scene.daemon.result("explainSubject", ["organization_user_id": "nobody@example.com"])
        #expect(unknown["configurations"]?.arrayValue?.isEmpty == true)
        let refused = try await scene.daemon.publisher().call("explainSubject", ["organization_user_id": "a"])
        #expect(refused.status == "PERMISSION_DENIED")
    }

    @Test func anErasedPersonIsGoneForEveryCallerAlsoAfterARestart() async throws {
        let daemon = try await DaemonProcess.start()
        try await Self.pausedConfiguration(daemon)
        let old = Scene.publishing(
            "ada@example.com",
            Scene.newsletter(true),
            id: "e-1",
            createdAt: "2026-01-01T00:00:00Z"
        )
        let published = try await daemon.publisher().result("publishConsent", old)
        let delivery = try #require(published["deliveries"]?[0]?["delivery_id"])
        let erasure = try await daemon.result("eraseSubject", ["organization_user_id": "ada@example.com"])
        #expect(erasure["deliveries_erased"] == 1)
        #expect(erasure["completes_by"]?.stringValue != nil)
        try await Self.expectGone(daemon, delivery: delivery, event: old)
        _ = try await daemon.terminate()

        let second = try await DaemonProcess.start(in: daemon.directory)
        try await Self.expectGone(second, delivery: delivery, event: old)
        let again = try await second.result("eraseSubject", ["organization_user_id": "ada@example.com"])
        #expect(again["seq"] == erasure["seq"])
        let new = Scene.publishing("ada@example.com", Scene.newsletter(true))
        let back = try await second.publisher().result("publishConsent", new)
        #expect(back["deliveries"]?.arrayValue?.count == 1)
    }

    private static func expectGone(_ daemon: DaemonProcess, delivery: JSONValue, event: JSONValue) async throws {
        let client = try daemon.publisher()
        #expect(try await client.call("deliveryStatus", ["delivery_id": delivery]).status == "NOT_FOUND")
        #expect(try await client.call("deliveryStatus", ["event_id": "e-1"]).status == "NOT_FOUND")
        let person = try await client.result("deliveryStatus", ["organization_user_id": "ada@example.com"])
        #expect(person["deliveries"]?.arrayValue?.isEmpty == true)
        let late = try await client.call("publishConsent", event)
        #expect(late.status == "FAILED_PRECONDITION" && late.reason == "ERASED", "\(late)")
    }

    @Test func callsThatWaitForAnErasedPersonEnd() async throws {
        let daemon = try await DaemonProcess.start()
        try await Self.pausedConfiguration(daemon)
        let waiting = try daemon.publisher()
        let params = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "e-1", waitFor: "delivered")
        try await waiting.send(RPCText.call(1, "publishConsent", params))
        let event: JSONValue = ["event_id": "e-1"]
        let status = try await Patience.value("the event is known") {
            try await daemon.publisher().call("deliveryStatus", event)["result"]
        }
        let after: JSONValue = ["after_seq": status["seq"] ?? .null]
        let polls = try daemon.publisher()
        try await polls.send(RPCText.call(2, "deliveryStatus", event.merging(patch: after)))
        let person: JSONValue = ["organization_user_id": "ada@example.com"]
        try await polls.send(RPCText.call(3, "deliveryStatus", person.merging(patch: after)))
        // A read after them on the same connection: both waits have begun when it is answered.
        try await polls.send(RPCText.call(4, "deliveryStatus", person))
        #expect(try await polls.answer()["id"] == 4)
        _ = try await daemon.result("eraseSubject", person)
        #expect(try await waiting.answer()["result"]?["deliveries"]?.arrayValue?.isEmpty == true)
        let answers = try await polls.answers(2)
        #expect(answers.answer(to: 2)?.status == "NOT_FOUND")
        #expect(answers.answer(to: 3)?["result"]?["deliveries"]?.arrayValue?.isEmpty == true)
    }

    @Test func nothingOnTheDiskShowsAPersonOrASecretAndAnErasureCompletesAtOnce() async throws {
        let daemon = try await DaemonProcess.start()
        let secret: JSONValue = ["authentication": ["client_secret": "canary-secret"]]
        let configuration = Scene.configuration(url: "http://127.0.0.1:9", secret)
        _ = try await daemon.result("createConfiguration", configuration)
        for number in 0..<20 {
            let params = Scene.publishing("canary-subject", Scene.newsletter(number % 2 == 0), id: "canary-\(number)")
            _ = try await daemon.publisher().result("publishConsent", params)
        }
        #expect(try Self.files(below: daemon.stateDirectory, holding: "canary").isEmpty)
        // The search finds what is there.
        try TestFile.write(Array("a canary-control".utf8), to: daemon.directory.file("control"))
        #expect(try Self.files(below: daemon.directory.path, holding: "canary-control").count == 1)
        let person: JSONValue = ["organization_user_id": "canary-subject"]
        _ = try await daemon.result("eraseSubject", person)
        try await Patience.until("the erasure is complete") {
            try await daemon.result("eraseSubject", person)["completed_at"]?.stringValue != nil
        }
        #expect(try Self.files(below: daemon.stateDirectory, holding: "canary-subject").isEmpty)
        _ = try await daemon.terminate()
        let second = try await DaemonProcess.start(in: daemon.directory)
        #expect(try await second.result("eraseSubject", person)["completed_at"]?.stringValue != nil)
    }

    /// The regular files below a directory that hold a text.
    private static func files(below directory: String, holding text: String) throws -> [String] {
        try TestFile.names(in: directory).flatMap { name -> [String] in
            let path = directory + "/" + name
            if let inside = try? files(below: path, holding: text) { return inside }
            // What is neither a directory nor readable as a file is a socket.
            return (try? TestFile.holds(text, path: path)) == true ? [path] : []
        }
    }

    private static func pausedConfiguration(_ daemon: DaemonProcess) async throws {
        let made = try await daemon.result("createConfiguration", Scene.configuration(url: "http://127.0.0.1:9"))
        let change: JSONValue = ["patch": ["paused": true]]
        let id: JSONValue = ["id": made["id"] ?? .null, "revision": made["revision"] ?? .null]
        _ = try await daemon.result("updateConfiguration", id.merging(patch: change))
    }
}
