import ChildProcesses
import ConsentClient
import JSON

/// The demo from its first to its last step.
struct DemoRun: Sendable {
    private let events: DemoEvents
    private let seed: UInt64

    init(eventCount: Int, seed: UInt64) {
        events = DemoEvents(count: eventCount, seed: seed)
        self.seed = seed
    }

    func run() async throws -> DemoReport {
        do {
            return try await perform()
        } catch let error as ClientError {
            throw CommandFailure.client(error)
        } catch let error as SystemFailure {
            throw CommandFailure.system(error)
        }
    }

    private func perform() async throws -> DemoReport {
        let directory = try TemporaryDirectory(prefix: "consentctl-demo")
        let simulator = try await DemoSimulator.start(in: directory)
        try await seedPeople(simulator.control)
        var daemon = try await DemoDaemon.start(in: directory)
        let configurations = try await createConfigurations(daemon, url: simulator.url)
        var publisher = DemoPublisher(events)
        let half = events.publications.count / 2
        try await publishFirstHalf(&publisher, upTo: half, to: daemon)
        let unanswered = publisher.unanswered(in: 0..<half).count
        StandardError.write("killed consentd with SIGKILL: \(unanswered) publishes had no answer; starting it again\n")
        daemon = try await DemoDaemon.start(in: directory)
        let deliveries: [DeliveryStatus]
        do {
            try await publishSecondHalf(&publisher, to: daemon)
            deliveries = try await waitForDeliveries(daemon)
        } catch {
            throw daemon.explain(error)
        }
        var records: [String: [JSONValue]] = [:]
        for target in DemoSetup.targets {
            records[target.sobject] = try await simulator.control.records(target.sobject)
        }
        return DemoReport(
            events: events,
            seed: seed,
            configurations: configurations,
            publisher: publisher,
            deliveries: deliveries,
            records: records,
            statistics: try await simulator.control.statistics()
        )
    }

    private func seedPeople(_ control: SimulatorControl) async throws {
        func record(_ person: DemoPerson) -> JSONValue {
            [
                "LastName": .string(person.lastName), "Email": .string(person.address),
                "Newsletter__c": .bool(person.hadNewsletter),
            ]
        }
        let leads = events.people.filter(\.isLead).map { person in
            var record = record(person)
            record["Company"] = "Example"
            return record
        }
        try await control.seed("Lead", leads)
        try await control.seed("Contact", events.people.filter(\.isContact).map(record))
    }

    /// The object of each configuration's id.
    private func createConfigurations(_ daemon: DemoDaemon, url: String) async throws -> [String: String] {
        let client = try await ConsentClient.connect(to: daemon.adminPath)
        var objects: [String: String] = [:]
        for target in DemoSetup.targets {
            let configuration = DemoSetup.configuration(target, url: url)
            let created = try await client.call("createConfiguration", params: configuration)
            objects[created["id"]?.stringValue ?? ""] = target.sobject
        }
        await client.close()
        return objects
    }

    /// Publishes at a steady pace, and kills the daemon while the last events are on their way.
    private func publishFirstHalf(
        _ publisher: inout DemoPublisher,
        upTo half: Int,
        to daemon: DemoDaemon
    ) async throws {
        var bar = ProgressBar("publishing", total: events.publications.count)
        try await publisher.connect(to: daemon.publishPath)
        let lastBurst = max(0, half - Self.lastBurstCount)
        for start in stride(from: 0, to: lastBurst, by: Self.burstCount) {
            try await publisher.publish(start..<min(start + Self.burstCount, lastBurst))
            bar.show(publisher.acknowledgements.count)
            try await Task.sleep(for: Self.pause)
        }
        try await publisher.publish(lastBurst..<half, killing: daemon.process)
        bar.show(publisher.acknowledgements.count)
        bar.finish()
    }

    /// Publishes again what had no answer, then the rest.
    private func publishSecondHalf(_ publisher: inout DemoPublisher, to daemon: DemoDaemon) async throws {
        let total = events.publications.count
        var bar = ProgressBar("publishing", total: total)
        try await publisher.connect(to: daemon.publishPath)
        let missing = publisher.unanswered(in: 0..<total)
        for start in stride(from: 0, to: missing.count, by: Self.burstCount) {
            try await publisher.publish(missing[start..<min(start + Self.burstCount, missing.count)])
            bar.show(publisher.acknowledgements.count)
            try await Task.sleep(for: Self.pause)
        }
        bar.finish()
    }

    /// Waits until every delivery has come to its end.
    private func waitForDeliveries(_ daemon: DemoDaemon) async throws -> [DeliveryStatus] {
        let client = try await ConsentClient.connect(to: daemon.adminPath)
        let expected = events.distinct.count * DemoSetup.targets.count
        var bar = ProgressBar("delivering", total: expected)
        while true {
            let values = try await client.allPages(
                of: "listDeliveries",
                member: "deliveries",
                params: ["page_size": .int(Self.pageSize)]
            )
            var deliveries: [DeliveryStatus] = []
            for value in values { deliveries.append(try DeliveryStatus(value)) }
            let done = deliveries.count(where: \.isTerminal)
            let open = Dictionary(grouping: deliveries.filter { !$0.isTerminal }, by: \.state)
            bar.show(done, note: open.map { "\($0.value.count) \($0.key)" }.sorted().joined(separator: ", "))
            if done == deliveries.count, done >= expected || open.isEmpty {
                bar.finish()
                return deliveries
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private static let burstCount = 20
    private static let lastBurstCount = 200
    private static let pause = Duration.milliseconds(25)
    private static let pageSize = 500
}
