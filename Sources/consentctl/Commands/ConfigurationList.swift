import ArgumentParser
import ConsentClient
import JSON

/// Shows all configurations.
struct ConfigurationList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List all configurations.")

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let all = try await connection.withClient(.admin) { client in
            try await client.allPages(of: "listConfigurations", member: "configurations")
        }
        output.show(["configurations": .array(all)], as: "\(Table.configurations(all))")
    }
}
