import ArgumentParser
import ConsentClient

/// Stores a new configuration.
struct ConfigurationCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a configuration from a JSON file, or from the standard input."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The file; - is the standard input.")
    var file = "-"

    func run() async throws {
        let configuration = try JSONInput.read(file)
        let created = try await connection.withClient(.admin) { client in
            try await client.call("createConfiguration", params: configuration)
        }
        output.show(created, as: "\(Table.configurations([created]))")
    }
}
