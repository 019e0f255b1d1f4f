import ChildProcesses
import ConsentClient
import JSON
import TestSupport
import Testing

/// The documented example, run against a real daemon and the simulator.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ExampleTests {
    private static let configuration: JSONValue = [
        "type_id": "sf-sales-cloud", "name": "leads", "properties": ["sobject": ["Lead"]],
        "mappings": [["id": "Newsletter__c", "value": "tFyHkpl"]], "upsert_mode": true,
    ]

    private static func configure(_ daemon: DaemonProcess, url: String) async throws {
        let authentication: JSONValue = [
            "url": .string(url), "client_id": .string(SimulatorProcess.clientID),
            "client_secret": .string(SimulatorProcess.clientSecret),
        ]
        let params = configuration.merging(patch: ["authentication": authentication])
        _ = try await daemon.result("createConfiguration", params)
    }

    @Test func exampleBringsAChoiceToSalesforce() async throws {
        let simulator = try await SimulatorProcess.start()
        let daemon = try await DaemonProcess.start()
        try await Self.configure(daemon, url: simulator.url)
        let session = ConsentSession(path: daemon.publishPath)
        let records = try await recordNewsletterChoice(
            of: "ada@example.com",
            wants: true,
            form: 1,
            session: session
        )
        let lead = try #require(try await simulator.records("Lead", subject: "ada@example.com").first)
        #expect(records == [lead["Id"]?.stringValue])
        #expect(lead["Newsletter__c"] == true)
        await session.close()
    }

    @Test func sessionPublishesOnceAcrossARestart() async throws {
        let simulator = try await SimulatorProcess.start()
        let daemon = try await DaemonProcess.start()
        try await Self.configure(daemon, url: simulator.url)
        let session = ConsentSession(
            path: daemon.publishPath,
            retrying: RetrySchedule(first: .milliseconds(5), longest: .milliseconds(50))
        )
        let event = #"{"organization_user_id":"ada@example.com","preferences":{"tFyHkpl":true}}"#
        let first = try await session.publish(eventJSON: event)
        daemon.process.kill()
        async let second = session.publish(eventJSON: event)
        let restarted = try await DaemonProcess.start(in: daemon.directory)
        #expect(try await second.eventID != first.eventID)
        let found = try await session.deliveries(of: .organizationUser("ada@example.com"))
        #expect(found.count == 2)
        _ = restarted
    }

    @Test func pageHoldsTheExampleAsItIs() throws {
        let directory = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        let source = String(decoding: try TextFile.read(directory + "/Example.swift"), as: UTF8.self)
        let page = String(
            decoding: try TextFile.read(directory + "/../../proto-docs/swift-client.md"),
            as: UTF8.self
        )
        #expect(page.contains("```swift\n\(source)```\n"))
    }
}
