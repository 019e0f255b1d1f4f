import ArgumentParser
import ConsentClient
import JSON

/// Groups what an administrator does with deliveries.
struct DeliveryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delivery",
        abstract: "List, retry and cancel deliveries.",
        discussion: """
            Examples:
              consentctl delivery list --state failed
              consentctl delivery get dlv_000000000000000200000001
              consentctl delivery retry --configuration cfg_00000001 --state failed
              consentctl delivery cancel dlv_000000000000000200000001
            """,
        subcommands: [DeliveryList.self, DeliveryGet.self, DeliveryRetry.self, DeliveryCancel.self]
    )
}

/// Shows many deliveries.
struct DeliveryList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List deliveries, oldest event first."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Only in this state, such as failed or held.")
    var state: String?

    @Option(name: .customLong("configuration"), help: "Only to the configuration with this id or name.")
    var reference: ConfigurationReference?

    @Option(help: "At most so many.")
    var limit: Int?

    func run() async throws {
        let found = try await connection.withClient(.admin) { client in
            var params: JSONValue = [:]
            params["state"] = state.map(JSONValue.string)
            if let reference { params["configuration_id"] = try await reference.resolve(client).id }
            return try await client.allPages(of: "listDeliveries", member: "deliveries", params: params, limit: limit)
        }
        let result: JSONValue = ["deliveries": .array(found)]
        output.show(result, as: "\(Table.deliveries(in: result))")
    }
}

/// Shows one delivery.
struct DeliveryGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Show one delivery as JSON.")

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The delivery's id.")
    var delivery: String

    func run() async throws {
        let params: JSONValue = ["delivery_id": .string(delivery)]
        let result = try await connection.call("deliveryStatus", params: params, on: .publish)
        print(result["deliveries"]?[0] ?? .null)
    }
}

/// Lets deliveries be tried again.
struct DeliveryRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Try a failed or parked delivery again, or all of a configuration."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The delivery's id.")
    var delivery: String?

    @Option(name: .customLong("configuration"), help: "All deliveries to the configuration with this id or name …")
    var reference: ConfigurationReference?

    @Option(help: "… that are in this state: parked or failed.")
    var state: String?

    mutating func validate() throws {
        let isAll = reference != nil && state != nil
        guard (delivery != nil) != isAll, isAll == (reference != nil || state != nil) else {
            throw ValidationError("give either a delivery's id, or --configuration and --state")
        }
    }

    func run() async throws {
        let result = try await connection.withClient(.admin) { client in
            var params: JSONValue = [:]
            params["delivery_id"] = delivery.map(JSONValue.string)
            params["state"] = state.map(JSONValue.string)
            if let reference { params["configuration_id"] = try await reference.resolve(client).id }
            return try await client.call("retryDelivery", params: params)
        }
        output.show(result, as: "\(result.cell("retried")) deliveries are tried again")
    }
}

/// Ends a delivery.
struct DeliveryCancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel",
        abstract: "End an undelivered delivery without a write."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The delivery's id.")
    var delivery: String

    func run() async throws {
        let params: JSONValue = ["delivery_id": .string(delivery)]
        let result = try await connection.call("cancelDelivery", params: params, on: .admin)
        output.show(result, as: "\(Table.deliveries(in: ["deliveries": [result]]))")
    }
}
