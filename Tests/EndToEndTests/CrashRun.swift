import ChildProcesses
import Consent
import JSON
import TestSupport
import Testing

/// One run of kills: an org that stays, a state directory that stays, and one daemon after another.
struct CrashRun {
    private var jobCalls = 0
    private let simulator: SimulatorProcess
    private let directory: TemporaryDirectory
    private var generator: SeededGenerator
    private var model = CrashModel()
    /// Sent and neither acknowledged nor refused: sent again, since nobody knows.
    private var unknown: [CrashModel.Event] = []
    private var acknowledged: Set<String> = []
    private var resent = 0

    private static let people = 40

    var summary: String {
        "\(model.events.count) events, \(acknowledged.count) acknowledged, \(resent) sent again, \(jobCalls) calls about jobs"
    }

    static func start(seed: UInt64) async throws -> CrashRun {
        let simulator = try await SimulatorProcess.start()
        // Half of the people have a record; the others are created.
        try await simulator.seed("Lead", (0..<people / 2).map { Scene.lead(person($0)) })
        let directory = try DaemonProcess.makeDirectory()
        let run = CrashRun(simulator: simulator, directory: directory, generator: SeededGenerator(seed: seed))
        let daemon = try await DaemonProcess.start(in: directory)
        let mappings = CrashModel.fields.sorted { $0.key < $1.key }.map { field, value -> JSONValue in
            ["id": .string(field), "value": .string(value)]
        }
        let changes: JSONValue = ["upsert_mode": true, "mappings": .array(mappings)]
        _ = try await daemon.result("createConfiguration", Scene.configuration(url: simulator.url, changes))
        daemon.process.kill()
        return run
    }

    private static func person(_ number: Int) -> String { "person\(number)@example.com" }

    /// Starts the daemon, publishes, and kills it at a random point of what follows.
    mutating func round() async throws {
        // In half of the rounds whatever waited goes by a job of the org's.
        let threshold = Bool.random(using: &generator) ? 2 : 0
        let daemon = try await DaemonProcess.start(in: directory, arguments: ["--bulk-threshold", "\(threshold)"])
        try await simulator.recover()
        if let fault = fault() { try await simulator.fail(fault) }
        var events = unknown
        resent += unknown.count
        unknown = []
        for _ in 0..<Int.random(in: 1...20, using: &generator) { events.append(event()) }
        let client = try daemon.publisher()
        let lines = events.map { RPCText.call(.string($0.id), "publishConsent", $0.params) }
        try await client.send(lines.joined(separator: "\n") + "\n")
        var answered: Set<String> = []
        // One in three dies with the requests still in its sockets.
        if Int.random(in: 0..<3, using: &generator) > 0 {
            for _ in 0..<Int.random(in: 0...events.count, using: &generator) {
                try note(await client.answer(), &answered)
            }
            // Each look at the org takes about as long as a call of the daemon's.
            for _ in 0..<Int.random(in: 0...40, using: &generator) { _ = try await simulator.statistics() }
        }
        daemon.process.kill()
        // What the daemon had answered before it died still lies in the socket.
        while let line = try? await client.line() { try note(JSONValue.parse(line), &answered) }
        unknown = events.filter { !answered.contains($0.id) }
        acknowledged.formUnion(answered)
    }

    /// Lets the faults end and everything be delivered; tells what is not as it must be.
    mutating func settle() async throws -> [String] {
        try await simulator.recover()
        let scene = Scene(simulator: simulator, daemon: try await DaemonProcess.start(in: directory))
        _ = try await scene.publish(unknown.map(\.params))
        acknowledged.formUnion(unknown.map(\.id))
        var differences: [String] = []
        if acknowledged.count != model.events.count { differences.append("not every event was acknowledged") }
        let ids = model.events.map { event -> JSONValue in ["event_id": .string(event.id)] }
        // Longer than any retry waits, and a creation without an answer.
        let settled = try await Patience.value("every event has ended", within: .seconds(400)) {
            let all = try await scene.statuses(ids)
            return all.allSatisfy { Scene.terminal.contains($0.state ?? "") } ? all : nil
        }
        for delivery in settled where ["failed", "cancelled"].contains(delivery.state) {
            differences.append("\(delivery)")
        }
        jobCalls = try await scene.count("calls.by_kind.bulk")
        var records: [String: [JSONValue]] = [:]
        for person in model.people { records[person] = try await simulator.records("Lead", subject: person) }
        return differences + model.differences(from: records)
    }

    private func note(_ answer: JSONValue, _ answered: inout Set<String>) throws {
        guard answer["result"] != nil else {
            throw CallFailed(method: "publishConsent", error: answer["error"] ?? .null)
        }
        if let id = answer["id"]?.stringValue { answered.insert(id) }
    }

    private mutating func event() -> CrashModel.Event {
        var choices: [String: Bool] = [:]
        let values = CrashModel.fields.values.sorted()
        for value in values where Bool.random(using: &generator) { choices[value] = Bool.random(using: &generator) }
        if choices.isEmpty { choices[values[0]] = Bool.random(using: &generator) }
        let event = CrashModel.Event(
            id: "event-\(model.events.count)",
            person: Self.person(Int.random(in: 0..<Self.people, using: &generator)),
            // Few moments, so that ties are common.
            moment: Int.random(in: 0..<20, using: &generator),
            choices: choices
        )
        model.add(event)
        return event
    }

    /// What goes wrong in a round; nothing that pauses the org for minutes.
    private mutating func fault() -> JSONValue? {
        let update: JSONValue = ["kind": "collections_update"]
        let create: JSONValue = ["kind": "collections_create"]
        let bulk: JSONValue = ["kind": "bulk"]
        let faults: [JSONValue?] = [
            nil, nil,
            ["fault": "latency", "latency_ms": 30],
            ["fault": "lock", "first": 3, "times": 2],
            ["fault": "status", "status": 503, "times": 1, "match": update],
            ["fault": "reset_after_commit", "times": 1, "match": update],
            ["fault": "reset_after_commit", "times": 1, "match": create],
            ["fault": "reset_before", "times": 1],
            ["fault": "latency", "latency_ms": 400, "match": create],
            ["fault": "expire_tokens", "times": 1],
            ["fault": "bulk_job", "outcome": "waits", "times": 2],
            ["fault": "bulk_job", "outcome": "aborted", "times": 1],
            ["fault": "latency", "latency_ms": 200, "match": bulk],
            ["fault": "reset_after_commit", "skip": 1, "times": 2, "match": bulk],
        ]
        return faults.randomElement(using: &generator) ?? nil
    }
}

extension Scene {
    /// The only delivery of each of these events.
    fileprivate func statuses(_ params: [JSONValue]) async throws -> [JSONValue] {
        try await Self.batch("deliveryStatus", params, on: try daemon.publisher()).compactMap { $0["deliveries"]?[0] }
    }
}
