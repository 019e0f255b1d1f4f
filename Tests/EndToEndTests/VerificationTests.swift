import JSON
import TestSupport
import Testing

/// What an administrator learns of a configuration before it is trusted.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct VerificationTests {
    @Test func aDraftIsVerifiedWithoutBeingStored() async throws {
        let scene = try await Scene.start()
        let draft = Scene.configuration(url: scene.simulator.url)
        let result = try await scene.daemon.result("verifyConfiguration", ["configuration": draft])
        #expect(result["ok"] == true, "\(result)")
        #expect(result["checks"]?.arrayValue?.contains { $0["check"] == "field" } == true)
        let listed = try await scene.daemon.result("listConfigurations", [:])
        #expect(listed["configurations"]?.arrayValue?.isEmpty == true)
    }

    @Test func everyFaultOfAStoredConfigurationIsNamedAtOnce() async throws {
        let scene = try await Scene.start()
        try await scene.simulator.schema(["sobject": "Lead", "field": "Phone_OptIn__c", "visible": false])
        try await scene.simulator.schema(["sobject": "Lead", "field": "Consent_Note__c", "updateable": false])
        let made = try await scene.configure([
            "upsert_mode": true,
            "mappings": [
                ["id": "Newsletter__c", "value": "a"], ["id": "Missing__c", "value": "b"],
                ["id": "Phone_OptIn__c", "value": "c"], ["id": "Consent_Note__c", "value": "d"],
                ["id": "Consent_Day__c", "value": "e", "type": "purpose-id"],
            ],
        ])
        let result = try await scene.daemon.result("verifyConfiguration", ["id": made["id"] ?? .null])
        #expect(result["ok"] == false)
        let checks = result["checks"]?.arrayValue ?? []
        let failed = checks.filter { $0["check"] == "field" && $0["status"] == "fail" }.map { $0["field"] }
        #expect(failed == ["Missing__c", "Phone_OptIn__c", "Consent_Note__c", "Consent_Day__c"])
        let match = checks.first { $0["check"] == "match_field" }
        #expect(match?["status"] == "warn")
        #expect(checks.allSatisfy { ($0["message"]?.stringValue ?? "").split(separator: " ").count > 3 })
    }

    @Test func aRefusedLoginIsNoErrorOfTheCall() async throws {
        let scene = try await Scene.start()
        let draft = Scene.configuration(
            url: scene.simulator.url,
            ["authentication": ["client_secret": "wrong-secret-never-shown"]]
        )
        let result = try await scene.daemon.result("verifyConfiguration", ["configuration": draft])
        #expect(result["ok"] == false)
        #expect(result["checks"]?.arrayValue?.map { $0["check"] } == ["login"])
        #expect(!result.description.contains("never-shown"))
    }

    @Test func parametersAreChecked() async throws {
        let daemon = try await DaemonProcess.start()
        let admin = try daemon.admin()
        #expect(try await admin.call("verifyConfiguration", ["id": "cfg_0000ffff"]).status == "NOT_FOUND")
        #expect(try await admin.call("verifyConfiguration", [:]).status == "INVALID_ARGUMENT")
        let half = try await admin.call("verifyConfiguration", ["configuration": ["type_id": "sf-sales-cloud"]])
        let paths =
            half["error"]?["data"]?["field_violations"]?.arrayValue?.compactMap { $0["path"]?.stringValue } ?? []
        #expect(paths.contains("configuration.authentication"))
        #expect(try await daemon.publisher().call("verifyConfiguration", [:]).status == "PERMISSION_DENIED")
    }

    @Test func aSlowOrgEndsWithTheCallersPatience() async throws {
        let scene = try await Scene.start(simulator: ["--latency", "60000"])
        let draft = Scene.configuration(url: scene.simulator.url)
        let admin = try scene.daemon.admin()
        let answer = try await admin.call(
            "verifyConfiguration",
            ["configuration": draft, "_meta": ["timeout_ms": 100]]
        )
        #expect(answer.status == "DEADLINE_EXCEEDED")
        #expect(try await admin.call("health.check", [:])["result"]?["status"] == "SERVING")
    }

    @Test func aStopAnswersWhatIsUnderWay() async throws {
        let scene = try await Scene.start(simulator: ["--latency", "30000"])
        let draft = Scene.configuration(url: scene.simulator.url)
        let admin = try scene.daemon.admin()
        try await admin.send(RPCText.call(1, "verifyConfiguration", ["configuration": draft]))
        // Calls of a connection start in their order: once this one is answered the first has begun.
        try await admin.send(RPCText.call(2, "health.check", [:]))
        #expect(try await admin.answer()["id"] == 2)
        _ = try await scene.daemon.terminate()
        #expect(try await admin.answer().status == "UNAVAILABLE")
    }
}
