import ArgumentParser
import ConsentClient

/// Shows one configuration.
struct ConfigurationGet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Show a configuration as JSON, without its secret."
    )

    @OptionGroup var connection: ConnectionOptions

    @Argument(help: "The configuration's id or name.")
    var reference: ConfigurationReference

    func run() async throws {
        print(
            try await connection.withClient(.admin) { client in
                try await client.call("getConfiguration", params: reference.params)
            }
        )
    }
}
