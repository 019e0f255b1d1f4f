import ArgumentParser
import JSON
import SalesforceSimulator
import SystemPackage
import UnixSignals

/// Serves a simulated Salesforce org until it is told to stop.
@main
struct SimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "salesforce-simulator",
        abstract: "A Salesforce org on loopback for trying clients, and for making them fail on purpose."
    )

    @Option(help: "The TCP port on 127.0.0.1; 0 takes any free one.")
    var port = 0

    @Option(help: "Milliseconds added to every call.")
    var latency = 0

    @Option(help: "How many people to put into the org.")
    var people = 0

    @Option(help: "The object that --people are records of: Lead, Contact or Account.")
    var sobject = "Lead"

    @Option(name: .customLong("client-id"), help: "The client id that may log in.")
    var clientID = OrgSettings().clientID

    @Option(help: "The client secret that may log in.")
    var clientSecret = OrgSettings().clientSecret

    @Option(name: .customLong("instance-url"), help: "The origin to name as instance_url; the caller's own by default.")
    var instanceURL: String?

    @Option(help: "A JSON file with settings, schema, people, records and faults.")
    var scenario: String?

    func run() async throws {
        var settings = OrgSettings()
        settings.clientID = clientID
        settings.clientSecret = clientSecret
        settings.instanceURL = instanceURL
        settings.latencyMilliseconds = latency
        let simulator = SalesforceSimulator(settings: settings)
        if let scenario {
            try simulator.load(try readScenario(FilePath(scenario)))
        }
        if people > 0 {
            try simulator.seed(people: people, sobject)
        }
        // Signals are caught before the ready line, so that whoever waits for it may send one at once.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let boundPort = try await simulator.start(port: port)
        try FileDescriptor.standardOutput.writeAll("listening on http://127.0.0.1:\(boundPort)\n".utf8)
        for await _ in signals {
            break
        }
        try await simulator.stop()
    }

    private func readScenario(_ path: FilePath) throws -> JSONValue {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = try unsafe chunk.withUnsafeMutableBytes { buffer in try unsafe file.read(into: buffer) }
                guard count > 0 else {
                    return try JSONValue.parse(bytes)
                }
                bytes += chunk[..<count]
            }
        }
    }
}
