import ArgumentParser
import ConsentClient
import JSON

/// Deletes a configuration.
struct ConfigurationDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "delete", abstract: "Delete a configuration.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The configuration's id or name.")
    var reference: ConfigurationReference

    @Option(help: "Delete only this revision.")
    var revision: Int?

    @Flag(help: "Delete it also while deliveries wait; they are cancelled.")
    var force = false

    func run() async throws {
        let result = try await connection.withClient(.admin) { client in
            let current = try await reference.resolve(client)
            var params: JSONValue = [
                "id": current.id, "revision": revision.map(JSONValue.int) ?? current.revision,
            ]
            if force { params["force"] = true }
            return try await client.call("deleteConfiguration", params: params)
        }
        output.show(result, as: "deleted \(reference.text)")
    }
}
