import ChildProcesses
import JSON
import TestSupport

/// A fresh daemon and org in the state that a document speaks of.
struct Stage: Sendable {
    let simulator: SimulatorProcess
    let daemon: DaemonProcess

    /// The org's address in the documents.
    static let documentedURL = "http://127.0.0.1:8080"

    /// Starts both and plays the scenes in their order.
    static func set(_ scenes: [String]) async throws -> Stage {
        let stage = Stage(simulator: try await SimulatorProcess.start(), daemon: try await DaemonProcess.start())
        for scene in scenes { try await stage.play(scene) }
        return stage
    }

    func path(_ socket: String) -> String {
        daemon.directory.file(socket)
    }

    /// Text of a document, with the address that the org has here.
    func localised(_ text: String) -> String {
        text.replacing(Self.documentedURL, with: simulator.url)
    }

    /// Text from here, as a document has it.
    func documented(_ text: String) -> String {
        text.replacing(simulator.url, with: Self.documentedURL)
    }

    private func play(_ scene: String) async throws {
        switch scene {
        case "leads": try await configure("leads", ["upsert_mode": true])
        case "ada": try await publish("form-1", "ada@example.com", waitFor: "delivered")
        case "held":
            _ = try await daemon.result(
                "updateConfiguration",
                ["id": "cfg_00000001", "revision": 1, "patch": ["paused": true]]
            )
            try await publish("form-2", "grace@example.com", waitFor: "accepted")
        case "twins":
            let twin: JSONValue = ["Email": "ada@example.com", "LastName": "Byron", "Company": "Analytical Engines"]
            try await simulator.seed("Lead", [twin, twin])
            try await configure("twins", ["properties": ["on_multiple_matches": "reject"]])
            try await publish("form-1", "ada@example.com", waitFor: "delivered")
        default: throw UnknownScene(name: scene)
        }
    }

    private func configure(_ name: String, _ changes: JSONValue) async throws {
        let configuration: JSONValue = [
            "type_id": "sf-sales-cloud", "name": .string(name),
            "authentication": [
                "url": .string(simulator.url), "client_id": .string(SimulatorProcess.clientID),
                "client_secret": .string(SimulatorProcess.clientSecret),
            ],
            "properties": ["sobject": ["Lead"]],
            "mappings": [["id": "Newsletter__c", "value": "tFyHkpl", "type": "pmp-widget-id"]],
        ]
        _ = try await daemon.result("createConfiguration", configuration.merging(patch: changes))
    }

    private func publish(_ id: String, _ subject: String, waitFor: String) async throws {
        let event: JSONValue = [
            "id": .string(id), "organization_user_id": .string(subject), "preferences": ["tFyHkpl": true],
        ]
        _ = try await daemon.publisher().result("publishConsent", ["event": event, "wait_for": .string(waitFor)])
    }

    /// A document names a scene that nobody wrote.
    struct UnknownScene: Error {
        var name: String
    }
}
