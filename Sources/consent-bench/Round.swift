import ChildProcesses
import JSON

/// One measured run against one server.
struct Round {
    var server: String
    var counts: LoadCounts
    var processorMicroseconds: Double
    var residentMiB: Double
    var syncs: Int?

    /// Runs a load against a server and reads what the server used in the measured time.
    static func run<Load: Workload>(
        _ generator: inout LoadGenerator<Load>,
        against server: some MeasuredServer,
        options: LoadOptions,
        syncs: () -> Int? = { nil }
    ) throws -> Round {
        var usages: [ProcessUsage] = []
        var syncCounts: [Int?] = []
        let processID = server.process.processID
        let counts = try generator.run(warmUp: .seconds(options.warmUp), measured: .seconds(options.seconds)) {
            if let usage = try? ProcessUsage(processID: processID) { usages.append(usage) }
            syncCounts.append(syncs())
        }
        let used = usages.count == 2 ? usages[1].processorMicroseconds - usages[0].processorMicroseconds : 0
        var syncsDone: Int?
        if syncCounts.count == 2, let before = syncCounts[0], let after = syncCounts[1] { syncsDone = after - before }
        return Round(
            server: type(of: server).name,
            counts: counts,
            processorMicroseconds: used,
            residentMiB: usages.last?.residentMiB ?? 0,
            syncs: syncsDone
        )
    }

    /// The round for the report.
    func json(requestBytes: Int) -> JSONValue {
        let perPublish = processorMicroseconds / Double(max(counts.acknowledgedMeasured, 1))
        var object: JSONValue = [
            "server": .string(server),
            "publishes_per_second": .int(Int(counts.perSecond)),
            "ack_p50_us": Self.rounded(counts.latencies.microseconds(atQuantile: 0.5)),
            "ack_p99_us": Self.rounded(counts.latencies.microseconds(atQuantile: 0.99)),
            "ack_p99_9_us": Self.rounded(counts.latencies.microseconds(atQuantile: 0.999)),
            "cpu_us_per_publish": Self.rounded(perPublish, digits: 3),
            "fdatasyncs": syncs.map(JSONValue.int) ?? .null,
            "resident_mib": Self.rounded(residentMiB),
            "acknowledged": .int(counts.acknowledged),
            "unanswered": .int(counts.inFlight),
            "failed": .int(counts.failed),
            "request_bytes": .int(requestBytes),
        ]
        object["first_failure"] = counts.firstFailure.map(JSONValue.string)
        return object
    }

    static func rounded(_ value: Double, digits: Int = 1) -> JSONValue {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        return .double((value * scale).rounded() / scale)
    }
}
