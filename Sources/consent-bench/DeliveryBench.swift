import ChildProcesses
import Glibc
import JSON
import SalesforceSimulator

/// A consentd that delivers to a simulated org in this process.
struct DeliveryBench {
    let simulator: SalesforceSimulator
    private let server: DeliveringDaemon

    static func start(executable: String, parent: String, latency: Int, people: Int) async throws -> DeliveryBench {
        let simulator = SalesforceSimulator()
        try simulator.seed(people: people, "Lead")
        let port = try await simulator.start()
        let server = try DeliveringDaemon(executable: executable, parent: parent, port: port)
        let bench = DeliveryBench(simulator: simulator, server: server)
        // Login and describe are no part of any figure.
        try bench.publish(0..<1, granting: true)
        try bench.wait { $0.recordsUpdated >= 1 }
        simulator.withOrg { $0.settings.latencyMilliseconds = latency }
        return bench
    }

    // MARK: Figures

    /// Single events into silence, from the publish to its answer after the delivery.
    func loneEvents(_ count: Int) throws -> JSONValue {
        var control = try ControlConnection(path: server.socketPath)
        var latencies = Histogram()
        for index in 0..<count {
            let start = Monotonic.nanoseconds
            let result = try control.call(
                "publishConsent",
                Self.params(0, granting: !index.isMultiple(of: 2), waitFor: "delivered")
            )
            guard result["deliveries"]?[0]?["state"] == "delivered" else {
                throw BenchFailure.refused(method: "publishConsent", answer: "\(result)")
            }
            latencies.record(nanoseconds: Monotonic.nanoseconds - start)
        }
        return [
            "events": .int(count),
            "delivered_p50_ms": Round.rounded(latencies.microseconds(atQuantile: 0.5) / 1_000),
            "delivered_max_ms": Round.rounded(latencies.microseconds(atQuantile: 1) / 1_000),
        ]
    }

    /// Distinct people at once, from idle.
    func burst(_ people: Range<Int>, granting choice: Bool, callsMax: Int) throws -> JSONValue {
        reset()
        let start = Monotonic.nanoseconds
        try publish(people, granting: choice)
        try wait { $0.recordsUpdated >= people.count }
        let seconds = Self.seconds(since: start)
        let statistics = simulator.statistics
        return [
            "people": .int(people.count), "calls": .int(statistics.dataCalls), "calls_max": .int(callsMax),
            "logins": .int(statistics.logins), "seconds": Round.rounded(seconds, digits: 3),
        ]
    }

    /// More than the org can take at once; others publish meanwhile.
    func load(_ people: Range<Int>, granting choice: Bool) throws -> JSONValue {
        reset()
        let start = Monotonic.nanoseconds
        var latencies = try publish(people, granting: choice)
        let published = Self.seconds(since: start)
        var control = try ControlConnection(path: server.socketPath)
        var meanwhile = 0
        while simulator.statistics.recordsUpdated < people.count {
            let sent = Monotonic.nanoseconds
            _ = try control.call("publishConsent", Self.params(0, granting: choice))
            latencies.record(nanoseconds: Monotonic.nanoseconds - sent)
            meanwhile += 1
            usleep(2_000)
        }
        let seconds = Self.seconds(since: start)
        let statistics = simulator.statistics
        let calls = Double(statistics.dataCalls) * 1_000 / Double(people.count)
        return [
            "people": .int(people.count), "seconds": Round.rounded(seconds, digits: 3),
            "records_per_second": .int(Int(Double(people.count) / seconds)),
            "calls": .int(statistics.dataCalls), "calls_per_1000_updates": Round.rounded(calls, digits: 2),
            "calls_in_flight_max": .int(statistics.concurrentMax),
            "full_batches": .int(statistics.batchSizes[200] ?? 0),
            "publish_seconds": Round.rounded(published, digits: 3),
            "published_meanwhile": .int(meanwhile),
            "ack_p50_us": Round.rounded(latencies.microseconds(atQuantile: 0.5)),
            "ack_p99_us": Round.rounded(latencies.microseconds(atQuantile: 0.99)),
        ]
    }

    /// An org that fails until the circuit breaker has opened again: from its first success to the last who waited for it.
    func recovery(_ people: Range<Int>) throws -> JSONValue {
        reset()
        simulator.add(Fault(.status(Fault.Answer(503, .json, code: "SERVER_UNAVAILABLE"))))
        try publish(people, granting: true)
        // Five failures open it, and the sixth is the one call that it lets through five seconds later.
        try wait { $0.dataCalls >= 6 }
        reset()
        simulator.setFaults([])
        let recovered = Monotonic.nanoseconds
        try wait { $0.recordsUpdated >= 1 }
        let first = Monotonic.nanoseconds
        try wait { $0.recordsUpdated >= people.count }
        return [
            "people": .int(people.count),
            "seconds_to_first_success": Round.rounded(Double(first - recovered) / 1_000_000_000, digits: 3),
            "seconds_from_first_to_last": Round.rounded(Self.seconds(since: first), digits: 3),
        ]
    }

    // MARK: Steps

    private func reset() {
        simulator.withOrg { $0.resetStatistics() }
    }

    private func wait(for condition: (Statistics) -> Bool) throws {
        let deadline = Monotonic.nanoseconds + 1_200_000_000_000
        while !condition(simulator.statistics) {
            guard Monotonic.nanoseconds < deadline else { throw BenchFailure.neverDelivered }
            usleep(1_000)
        }
    }

    /// Publishes one event of each of these people, many in flight on one connection.
    @discardableResult
    private func publish(_ people: Range<Int>, granting choice: Bool) throws -> Histogram {
        var latencies = Histogram()
        var publisher = try PipelinedPublisher(path: server.socketPath)
        for start in stride(from: people.lowerBound, to: people.upperBound, by: 256) {
            let block = start..<min(start + 256, people.upperBound)
            try publisher.publish(block.map { Self.params($0, granting: choice) }, into: &latencies)
        }
        return latencies
    }

    private static func params(_ person: Int, granting choice: Bool, waitFor: String? = nil) -> JSONValue {
        let digits = String(1_000_001 + person).dropFirst()
        let preferences = JSONObject([("tFyHkpl", .bool(choice))])
        var params: JSONValue = [
            "event": [
                "organization_user_id": .string("person\(digits)@example.com"), "preferences": .object(preferences),
            ]
        ]
        params["wait_for"] = waitFor.map(JSONValue.string)
        return params
    }

    private static func seconds(since start: UInt64) -> Double {
        Double(Monotonic.nanoseconds - start) / 1_000_000_000
    }
}
