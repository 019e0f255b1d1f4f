import ArgumentParser
import ConsentClient
import JSON

/// Groups what an administrator does about a person.
struct SubjectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subject",
        abstract: "Explain what stands for a person, or erase a person.",
        discussion: """
            Examples:
              consentctl subject explain ada@example.com
              consentctl subject erase ada@example.com
            """,
        subcommands: [SubjectExplain.self, SubjectErase.self]
    )
}

/// Shows what stands for a person and why.
struct SubjectExplain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show what stands for a person in every configuration, and which event decided."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The person: organization_user_id.")
    var subject: String

    func run() async throws {
        let params: JSONValue = ["organization_user_id": .string(subject)]
        let result = try await connection.call("explainSubject", params: params, on: .admin)
        output.show(result, as: "\(table(of: result))")
    }

    private func table(of result: JSONValue) -> Table {
        var table = Table(["CONFIGURATION", "FIELD", "VALUE", "RULE", "EVENT", "CHOSEN", "STATE", "DELIVERED"])
        for configuration in result["configurations"]?.arrayValue ?? [] {
            for field in configuration["fields"]?.arrayValue ?? [] {
                table.add([
                    configuration.cell("configuration_id"), field.cell("field"), field.cell("value"),
                    field.cell("rule"), field.cell("event_id"), field.cell("event_created_at"), field.cell("state"),
                    field.cell("delivered_at"),
                ])
            }
        }
        return table
    }
}

/// Forgets a person.
struct SubjectErase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "erase",
        abstract: "Forget a person: at once in every answer, and on disk before a deadline.",
        discussion: "Records in Salesforce are not touched. It cannot be undone."
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The person: organization_user_id.")
    var subject: String

    func run() async throws {
        let params: JSONValue = ["organization_user_id": .string(subject)]
        let result = try await connection.call("eraseSubject", params: params, on: .admin)
        let done = result["completed_at"]?.stringValue.map { "gone from the disk since \($0)" }
        output.show(
            result,
            as: "\(result.cell("deliveries_erased")) deliveries erased; "
                + (done ?? "gone from the disk by \(result.cell("completes_by"))")
        )
    }
}
