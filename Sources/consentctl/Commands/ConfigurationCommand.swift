import ArgumentParser
import ConsentClient
import JSON

/// Groups what an administrator does with configurations.
struct ConfigurationCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configuration",
        abstract: "Create, read, change, verify and delete configurations.",
        discussion: """
            Examples:
              consentctl configuration create leads.json
              consentctl configuration verify leads
              consentctl configuration update leads --patch '{"upsert_mode":true}'
              consentctl configuration update leads --pause
              consentctl configuration delete leads --force
            """,
        subcommands: [
            ConfigurationCreate.self, ConfigurationGet.self, ConfigurationList.self, ConfigurationUpdate.self,
            ConfigurationDelete.self, ConfigurationVerify.self,
        ]
    )
}

/// Names a configuration by its id or its name.
struct ConfigurationReference: ExpressibleByArgument {
    var text: String

    init?(argument: String) {
        text = argument
    }

    /// The parameters of `getConfiguration`.
    var params: JSONValue {
        [text.hasPrefix("cfg_") ? "id" : "name": .string(text)]
    }

    /// The id, and the revision that a change is made from.
    func resolve(_ client: ConsentClient) async throws -> (id: JSONValue, revision: JSONValue) {
        let found = try await client.call("getConfiguration", params: params)
        guard let id = found["id"], let revision = found["revision"] else {
            throw ClientError.protocolViolation("a configuration has no id or revision")
        }
        return (id, revision)
    }
}
