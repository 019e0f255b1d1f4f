import ChildProcesses
import JSON
import TestSupport
import Testing

/// The same call twice is one, also after a restart, and a name belongs to one configuration.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct IdempotencyTests {
    private let scene: Scene

    init() async throws {
        scene = try await Scene.start()
        _ = try await scene.configurePaused(["name": "leads"])
    }

    private func restarted() async throws -> DaemonProcess {
        #expect(try await scene.daemon.terminate() == .exited(0))
        return try await DaemonProcess.start(in: scene.daemon.directory)
    }

    @Test func aKeyStandsForAnEventWithoutAnID() async throws {
        let key: JSONValue = ["_meta": ["idempotency_key": "form-7"]]
        let params = Scene.publishing("ada@example.com", Scene.newsletter(true)).merging(patch: key)
        let first = try await scene.daemon.publisher().result("publishConsent", params)
        #expect(first["replayed"] == false)
        let other = Scene.publishing("ada@example.com", Scene.newsletter(false)).merging(patch: key)
        // With an id of its own the event has another key.
        let named = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "form-7").merging(patch: key)
        var daemon = scene.daemon
        for round in 0..<2 {
            let again = try await daemon.publisher().result("publishConsent", params)
            #expect(again["replayed"] == true && again["seq"] == first["seq"], "\(again)")
            #expect(again["event_id"] == first["event_id"], "\(again)")
            let refused = try await daemon.publisher().call("publishConsent", other)
            #expect(refused.status == "ALREADY_EXISTS" && refused.reason == "KEY_REUSED", "\(refused)")
            let result = try await daemon.publisher().result("publishConsent", named)
            #expect(result["replayed"] == .bool(round > 0) && result["event_id"] == "form-7", "\(result)")
            if round == 0 { daemon = try await restarted() }
        }
    }

    @Test func aKeyStandsForACreation() async throws {
        let params = Scene.configuration(
            url: scene.simulator.url,
            ["name": "contacts", "_meta": ["idempotency_key": "setup-1"]]
        )
        let first = try await scene.daemon.result("createConfiguration", params)
        let other = params.merging(patch: ["upsert_mode": true])
        let secret = params.merging(patch: ["authentication": ["client_secret": "another"]])
        var daemon = scene.daemon
        for round in 0..<2 {
            #expect(try await daemon.result("createConfiguration", params) == first)
            for changed in [other, secret] {
                let refused = try await daemon.admin().call("createConfiguration", changed)
                #expect(refused.status == "ALREADY_EXISTS" && refused.reason == "KEY_REUSED", "\(refused)")
            }
            if round == 0 { daemon = try await restarted() }
        }
        #expect(try await daemon.result("listConfigurations")["configurations"]?.arrayValue?.count == 2)
    }

    @Test func aNameIsTakenForCreationsAndPatches() async throws {
        let admin = try scene.daemon.admin()
        let other = try await scene.configure(["name": "contacts"])
        let again = Scene.configuration(url: scene.simulator.url, ["name": "leads"])
        let patch: JSONValue = ["id": other["id"] ?? .null, "revision": 1, "patch": ["name": "leads"]]
        for (method, params) in [("createConfiguration", again), ("updateConfiguration", patch)] {
            let refused = try await admin.call(method, params)
            #expect(refused.code == 6 && refused.status == "ALREADY_EXISTS", "\(refused)")
            #expect(refused.reason == "NAME_TAKEN" && refused.message?.contains("leads") == true, "\(refused)")
        }
        // Its own name it may keep, and a name that was given back is free.
        let kept = patch.merging(patch: ["patch": ["name": "contacts"]])
        #expect(try await admin.result("updateConfiguration", kept)["revision"] == 2)
        let renamed = patch.merging(patch: ["revision": 2, "patch": ["name": "people"]])
        #expect(try await admin.result("updateConfiguration", renamed)["name"] == "people")
        try await scene.configure(["name": "contacts"])
    }

    @Test func aRevisionThatNeverWasIsAnotherRevision() async throws {
        let admin = try scene.daemon.admin()
        let id = try await admin.result("getConfiguration", ["name": "leads"])["id"] ?? .null
        for revision in [0, 1, 99] {
            let which: JSONValue = ["id": id, "revision": .int(revision)]
            for (method, params) in [
                ("updateConfiguration", which.merging(patch: ["patch": ["upsert_mode": true]])),
                ("deleteConfiguration", which),
            ] {
                let refused = try await admin.call(method, params)
                #expect(refused.code == 10 && refused.status == "ABORTED", "\(method): \(refused)")
                #expect(refused["error"]?["data"]?["metadata"]?["revision"] == "2", "\(method): \(refused)")
            }
        }
        let negative: JSONValue = ["id": id, "revision": -1]
        #expect(try await admin.call("deleteConfiguration", negative).faultPaths == ["revision"])
    }
}
