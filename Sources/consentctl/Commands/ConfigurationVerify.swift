import ArgumentParser
import ConsentClient
import JSON

/// Tries a configuration against its org.
struct ConfigurationVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Try a configuration against its org, without writing anything.",
        discussion: "Exit status 1 means that a check failed."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The configuration's id or name.")
    var reference: ConfigurationReference?

    @Option(help: "A file with a configuration that is not stored; - is the standard input.")
    var file: String?

    @Option(help: "Seconds to wait at most, 1 to 300.")
    var timeout = 60

    mutating func validate() throws {
        guard (reference == nil) != (file == nil) else {
            throw ValidationError("give either a configuration or --file")
        }
        guard (1...300).contains(timeout) else { throw ValidationError("--timeout must be 1 to 300") }
    }

    func run() async throws {
        let draft = try file.map { try JSONInput.read($0) }
        let result = try await connection.withClient(.admin) { client in
            var params: JSONValue = [:]
            if let reference { params["id"] = try await reference.resolve(client).id }
            params["configuration"] = draft
            return try await client.call("verifyConfiguration", params: params, timeout: .seconds(timeout))
        }
        output.show(result, as: "\(table(of: result))")
        guard result["ok"]?.boolValue == true else { throw ExitCode(1) }
    }

    private func table(of result: JSONValue) -> Table {
        var table = Table(["STATUS", "CHECK", "FIELD", "MESSAGE"])
        for check in result["checks"]?.arrayValue ?? [] {
            table.add([check.cell("status"), check.cell("check"), check.cell("field"), check.cell("message")])
        }
        return table
    }
}
