import ArgumentParser
import ConsentClient
import JSON

/// Publishes consent events.
struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Publish consent events from JSON or from options.",
        discussion: """
            Events come from a file or the standard input, any number one after the other, or as one from --subject \
            and --preference. A preference is id=true, id=false, id=null, id=text, id=a,b for a list, or id= to clear it.

            Examples:
              consentctl publish --subject ada@example.com --preference tFyHkpl=true --id form-1
              consentctl publish events.json --wait-for delivered
              exporter | consentctl publish -
            """
    )

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "The file with the events; - is the standard input.")
    var file: String?

    @Option(help: "The person: organization_user_id.")
    var subject: String?

    @Option(name: .customLong("preference"), help: "A choice; may be repeated.")
    var preferences: [PreferenceArgument] = []

    @Option(help: "The event's id; the same id again changes nothing.")
    var id: String?

    @Option(help: "When the person chose, RFC 3339; now where not given.")
    var createdAt: String?

    @Option(help: "The regulation; gdpr where not given.")
    var regulation: String?

    @Option(name: .customLong("configuration"), help: "Deliver only to this configuration's id; may be repeated.")
    var configurations: [String] = []

    @Option(help: "Wait until the event is accepted (on disk) or delivered.")
    var waitFor = WaitGoal.accepted

    mutating func validate() throws {
        if subject == nil {
            let hasOptions = !preferences.isEmpty || id != nil || createdAt != nil || regulation != nil
            guard !hasOptions else { throw ValidationError("--preference and its like need --subject") }
        } else {
            guard file == nil else { throw ValidationError("give either a file or --subject") }
            guard !preferences.isEmpty else { throw ValidationError("--subject needs at least one --preference") }
        }
    }

    func run() async throws {
        let events = try subject.map { [event(for: $0)] } ?? JSONInput.readSequence(file ?? "-")
        guard !events.isEmpty else { throw CommandFailure.usage("there is no event to publish") }
        try await connection.withClient(.publish) { client in
            var progress = SlowProgress("publishing", total: events.count)
            for (index, event) in events.enumerated() {
                var params: JSONValue = ["event": event]
                if !configurations.isEmpty {
                    params["configuration_ids"] = .array(configurations.map(JSONValue.string))
                }
                if waitFor == .delivered { params["wait_for"] = "delivered" }
                show(try await client.call("publishConsent", params: params))
                progress.show(index + 1)
            }
            progress.finish()
        }
    }

    private func show(_ result: JSONValue) {
        let again = result["replayed"]?.boolValue == true ? ", published before" : ""
        output.show(
            result,
            as: "event \(result.cell("event_id")) is on disk as number \(result.cell("seq"))\(again)\n"
                + "\(Table.deliveries(in: result))"
        )
    }

    private func event(for subject: String) -> JSONValue {
        var event: JSONValue = ["organization_user_id": .string(subject)]
        event["id"] = id.map(JSONValue.string)
        event["created_at"] = createdAt.map(JSONValue.string)
        event["regulation"] = regulation.map(JSONValue.string)
        event["preferences"] = .object(JSONObject(preferences.map { ($0.id, $0.value) }))
        return event
    }
}

/// A choice as it is written on the command line.
struct PreferenceArgument: ExpressibleByArgument {
    var id: String
    var value: JSONValue

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else { return nil }
        id = String(argument[..<sign])
        let text = String(argument[argument.index(after: sign)...])
        value =
            switch text {
            case "true": true
            case "false": false
            case "null": .null
            default:
                text.contains(",")
                    ? .array(text.split(separator: ",").map { .string(String($0)) }) : .string(text)
            }
    }
}

/// How far an event must have come before the command ends.
enum WaitGoal: String, ExpressibleByArgument {
    case accepted
    case delivered
}
