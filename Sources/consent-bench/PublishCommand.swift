import ArgumentParser
import ChildProcesses
import JSON

/// Measures durable publishes.
struct PublishCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish 500-byte events as fast as a consentd of its own acknowledges them.",
        discussion: "Prints one JSON object. Figures of different machines or moments do not compare; ratios do."
    )

    @OptionGroup var load: LoadOptions

    @Option(help: "Measure this server in turn with consentd, with the same events: redis.")
    var peer: Peer?

    @Option(help: "Measured runs of each server.")
    var rounds: Int?

    @Flag(help: "Measure a bare write and flush of the same disk as well.")
    var probe = false

    @Flag(help: "Kill consentd after each run and look for what it acknowledged.")
    var verify = false

    @Option(help: "Where the servers keep their files; it must be on a disk.")
    var directory = "/var/tmp"

    @Option(help: "The consentd to measure; the one beside this program where not given.")
    var consentd: String?

    @Option(help: "The redis-server to measure against.")
    var redisServer = "/usr/bin/redis-server"

    @Option(help: "consentd's bound on its journal.")
    var journalMaxBytes = "64G"

    @Option(help: "consentd's bound on undelivered deliveries.")
    var maxPending = 100_000_000

    func run() throws {
        if try SyncProbe.isMemoryOnly(directory) {
            StandardError.write("warning: \(directory) is in memory, where a flush costs nothing\n")
        }
        var report: JSONValue = [
            "connections": .int(load.connections), "depth": .int(load.depth), "seconds": .double(load.seconds),
            "subjects": .int(load.subjects),
        ]
        if probe { report["probe"] = probeReport(try SyncProbe.measure(in: directory)) }
        var ours: [Double] = []
        var theirs: [Double] = []
        var roundReports: [JSONValue] = []
        var failures = 0
        for index in 0..<(rounds ?? (peer == nil ? 1 : 3)) {
            let (round, json) = try measureConsentd(run: UInt64(index))
            ours.append(round.counts.perSecond)
            failures += round.counts.failed + round.counts.inFlight
            roundReports.append(json)
            guard peer == .redis else { continue }
            let redis = try measureRedis()
            theirs.append(redis.round.counts.perSecond)
            failures += redis.round.counts.failed + redis.round.counts.inFlight
            roundReports.append(redis.json)
        }
        report["rounds"] = .array(roundReports)
        report["publishes_per_second_median"] = .int(Int(Self.median(ours)))
        if peer != nil {
            report["peer_per_second_median"] = .int(Int(Self.median(theirs)))
            report["ratio"] = Round.rounded(Self.median(ours) / Self.median(theirs), digits: 2)
        }
        print(report)
        if failures > 0 { throw ExitCode.failure }
    }

    private func measureConsentd(run: UInt64) throws -> (round: Round, json: JSONValue) {
        let executable = try consentd ?? Executable.sibling("consentd")
        var server = try ConsentDaemon(
            executable: executable,
            parent: directory,
            extraArguments: ["--journal-max-bytes", journalMaxBytes, "--max-pending", String(maxPending)]
        )
        let workload = PublishWorkload(
            subjects: load.subjects,
            connections: load.connections,
            depth: load.depth,
            run: run
        )
        var generator = try LoadGenerator(
            workload: workload,
            path: server.socketPath,
            connections: load.connections,
            depth: load.depth
        )
        let round = try Round.run(&generator, against: server, options: load) { [server] in server.syncCount() }
        var json = round.json(requestBytes: workload.requestBytes)
        if verify {
            let sample = generator.workload.acknowledgedSample
            json["restart_seconds"] = Round.rounded(try server.verifyAfterKill(eventIDs: sample), digits: 3)
            json["verified_after_kill"] = .int(sample.count)
        }
        return (round, json)
    }

    private func measureRedis() throws -> (round: Round, json: JSONValue) {
        let server = try RedisServer(executable: redisServer, parent: directory)
        let workload = RedisWorkload(
            event: PublishWorkload.event,
            connections: load.connections,
            depth: load.depth
        )
        var generator = try LoadGenerator(
            workload: workload,
            path: server.socketPath,
            connections: load.connections,
            depth: load.depth
        )
        let round = try Round.run(&generator, against: server, options: load)
        return (round, round.json(requestBytes: workload.requestBytes))
    }

    private func probeReport(_ latencies: Histogram) -> JSONValue {
        [
            "fdatasync_p50_us": Round.rounded(latencies.microseconds(atQuantile: 0.5)),
            "fdatasync_p99_us": Round.rounded(latencies.microseconds(atQuantile: 0.99)),
            "fdatasyncs_per_second": .int(Int(latencies.total)),
        ]
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard let middle = sorted.dropFirst(sorted.count / 2).first else { return 0 }
        return sorted.count % 2 == 1 ? middle : (middle + sorted[sorted.count / 2 - 1]) / 2
    }

    /// A server that acknowledges durable entries as well.
    enum Peer: String, ExpressibleByArgument {
        case redis
    }
}
