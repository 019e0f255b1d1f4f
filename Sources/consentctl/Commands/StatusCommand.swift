import ArgumentParser
import ConsentClient
import JSON

/// Tells how the daemon is, or where deliveries stand.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the service is, or where the deliveries of an event or for a person stand.",
        discussion: """
            Without an option: the state of the daemon, its queue and its configurations.

            Examples:
              consentctl status
              consentctl status --event form-1
              consentctl status --subject ada@example.com --json
              consentctl status --event form-1 --after 42 --timeout 60
            """
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

    @Option(help: "Wait until something is newer than this seq.")
    var after: Int?

    @Option(help: "Seconds to wait at most, 1 to 300.")
    var timeout = 30

    mutating func validate() throws {
        let given = [delivery, event, subject].compactMap(\.self).count
        guard given <= 1 else { throw ValidationError("give only one of --delivery, --event and --subject") }
        guard after == nil || given == 1 else {
            throw ValidationError("--after needs one of --delivery, --event and --subject")
        }
        guard (1...300).contains(timeout) else { throw ValidationError("--timeout must be 1 to 300") }
        guard configuration == nil || subject != nil else { throw ValidationError("--configuration needs --subject") }
    }

    func run() async throws {
        guard var params = query?.params else {
            let result = try await connection.call("serviceStatus", on: .admin)
            return output.show(result, as: ServiceReport(result).description)
        }
        params["after_seq"] = after.map(JSONValue.int)
        let result = try await connection.call(
            "deliveryStatus",
            params: params,
            on: .publish,
            timeout: .seconds(timeout)
        )
        output.show(result, as: "\(Table.deliveries(in: result))")
    }

    private var query: DeliveryQuery? {
        if let delivery { return .delivery(delivery) }
        if let event { return .event(event) }
        return subject.map { .organizationUser($0, configurationID: configuration) }
    }
}
