import ArgumentParser
import ConsentClient
import JSON

/// Tells where deliveries stand.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show where the deliveries of an event or for a person stand."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "The id of one delivery.")
    var delivery: String?

    @Option(help: "The id of an event.")
    var event: String?

    @Option(help: "The person: organization_user_id.")
    var subject: String?

    @Option(help: "With --subject, only deliveries to this configuration's id.")
    var configuration: String?

    mutating func validate() throws {
        guard [delivery, event, subject].compactMap(\.self).count == 1 else {
            throw ValidationError("give one of --delivery, --event and --subject")
        }
        guard configuration == nil || subject != nil else { throw ValidationError("--configuration needs --subject") }
    }

    func run() async throws {
        let params = query.params
        let result = try await connection.withClient(.publish) { client in
            try await client.call("deliveryStatus", params: params)
        }
        output.show(result, as: "\(Table.deliveries(in: result))")
    }

    private var query: DeliveryQuery {
        if let delivery { return .delivery(delivery) }
        if let event { return .event(event) }
        return .organizationUser(subject ?? "", configurationID: configuration)
    }
}
