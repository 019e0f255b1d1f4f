import ArgumentParser
import ConsentClient
import JSON

/// Changes a configuration.
struct ConfigurationUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Change a configuration by a JSON merge patch, or pause and resume it.",
        discussion: "Without --revision the change is made to whatever revision is current."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The configuration's id or name.")
    var reference: ConfigurationReference

    @Option(help: "The merge patch (RFC 7396) as JSON.")
    var patch: String?

    @Option(help: "A file with the merge patch; - is the standard input.")
    var file: String?

    @Flag(help: "Hold deliveries until the configuration is resumed.")
    var pause = false

    @Flag(help: "Let deliveries run again.")
    var resume = false

    @Option(help: "Change only this revision.")
    var revision: Int?

    mutating func validate() throws {
        let given = [patch != nil, file != nil, pause, resume].filter(\.self).count
        guard given == 1 else { throw ValidationError("give one of --patch, --file, --pause and --resume") }
    }

    func run() async throws {
        let change = try readPatch()
        let updated = try await connection.withClient(.admin) { client in
            let current = try await reference.resolve(client)
            return try await client.call(
                "updateConfiguration",
                params: [
                    "id": current.id, "revision": revision.map(JSONValue.int) ?? current.revision, "patch": change,
                ]
            )
        }
        output.show(updated, as: "\(Table.configurations([updated]))")
    }

    private func readPatch() throws -> JSONValue {
        if let patch { return try JSONInput.parse(patch, source: "--patch") }
        if let file { return try JSONInput.read(file) }
        return ["paused": .bool(pause)]
    }
}
