import ArgumentParser
import ChildProcesses
import JSON
import SalesforceSimulator

/// Measures deliveries into a simulated org.
struct DeliveryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delivery",
        abstract: "Measure what deliveries cost an org and how fast they go.",
        discussion: """
            Runs a consentd of its own against a simulated org and prints one JSON object. Login, describe and, where \
            people are called known, their lookup happen before the measured part.
            """
    )

    @Option(help: "Milliseconds that every call takes.")
    var latency = 100

    @Option(help: "People of the load.")
    var people = 30_000

    @Option(help: "People that wait until the org answers again.")
    var waiting = 10_000

    @Option(help: "Where consentd keeps its files; it must be on a disk.")
    var directory = "/var/tmp"

    @Option(help: "The consentd to measure; the one beside this program where not given.")
    var consentd: String?

    func validate() throws {
        guard latency >= 0 else { throw ValidationError("--latency is at least 0") }
        guard (1_000...60_000).contains(people) else { throw ValidationError("--people is 1000 to 60000") }
        guard (1_000...60_000).contains(waiting) else { throw ValidationError("--waiting is 1000 to 60000") }
    }

    func run() async throws {
        if try SyncProbe.isMemoryOnly(directory) {
            StandardError.write("warning: \(directory) is in memory, where a flush costs nothing\n")
        }
        let executable = try consentd ?? Executable.sibling("consentd")
        let bench = try await DeliveryBench.start(
            executable: executable,
            parent: directory,
            latency: latency,
            people: 2_000 + max(people, waiting)
        )
        var report: JSONValue = ["latency_ms": .int(latency)]
        report["lone_event"] = try bench.loneEvents(20)
        let burst = 1_000..<2_000
        report["burst_unknown"] = try bench.burst(burst, granting: true, callsMax: Self.unknownCallsMax)
        report["burst_known"] = try bench.burst(burst, granting: false, callsMax: Self.knownCallsMax)
        let load = 2_000..<2_000 + people
        report["load_unknown"] = try bench.load(load, granting: true)
        report["load_known"] = try bench.load(load, granting: false)
        report["recovery"] = try bench.recovery(2_000..<2_000 + waiting)
        try await bench.simulator.stop()
        print(report)
    }

    private static let unknownCallsMax = 8
    private static let knownCallsMax = 6
}
