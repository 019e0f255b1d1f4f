import ArgumentParser
import ConsentClient
import JSON

/// Shows deliveries while they change.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Show deliveries as they are and as they change.",
        discussion: """
            On a terminal it redraws a table; into a pipe, or with --json, it prints one event in a line.

            Examples:
              consentctl watch --event form-1 --until-terminal
              consentctl watch --configuration leads
              consentctl watch --json --after 42
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Only the delivery with this id.")
    var delivery: String?

    @Option(help: "Only deliveries of the event with this id.")
    var event: String?

    @Option(name: .customLong("configuration"), help: "Only deliveries to the configuration with this id or name.")
    var reference: ConfigurationReference?

    @Option(help: "Only what is newer than this seq.")
    var after: UInt64?

    @Flag(help: "End once every watched delivery has ended.")
    var untilTerminal = false

    @Option(help: "Seconds between heartbeats, printed as JSON only.")
    var heartbeat: Int?

    mutating func validate() throws {
        guard [delivery != nil, event != nil, reference != nil].count(where: \.self) <= 1 else {
            throw ValidationError("give only one of --delivery, --event and --configuration")
        }
    }

    func run() async throws {
        let isNarrow = delivery != nil || event != nil
        try await connection.withClient(isNarrow ? .publish : .admin) { client in
            var screen = WatchScreen()
            let events = client.watch(
                try await target(client),
                after: after,
                untilTerminal: untilTerminal,
                heartbeat: heartbeat.map { .seconds($0) }
            )
            for try await event in events {
                if output.isForPrograms {
                    printNow(Self.line(of: event))
                } else if let delivery = event.delivery {
                    screen.show(delivery)
                }
            }
        }
    }

    private func target(_ client: ConsentClient) async throws -> WatchTarget {
        if let delivery { return .delivery(delivery) }
        if let event { return .event(event) }
        guard let reference else { return .all }
        return .configuration(try await reference.resolve(client).id.stringValue ?? "")
    }

    private static func line(of event: WatchEvent) -> String {
        var value: JSONValue = ["seq": .int(Int(event.sequenceNumber)), "type": .string(event.kind.rawValue)]
        value["delivery"] = event.delivery?.value
        return value.description
    }
}
