import JSON

/// The result of `serviceStatus` for a person.
struct ServiceReport: CustomStringConvertible {
    private let result: JSONValue

    init(_ result: JSONValue) {
        self.result = result
    }

    var description: String {
        var lines = [
            "state        \(result.cell("state")), \(result.cell("connections")) connections",
            "deliveries   \(counts)",
            "oldest       \(age)",
        ]
        if let journal = result["journal"] {
            lines.append(
                "journal      \(journal.cell("state")), \(journal.cell("bytes")) bytes in \(journal.cell("segments")) "
                    + "segments, last sync \(journal.cell("last_sync_us")) us"
            )
        }
        lines.append("erasures     \(result.cell("erasures_pending")) pending")
        let configurations = result["configurations"]?.arrayValue ?? []
        guard !configurations.isEmpty else { return lines.joined(separator: "\n") }
        return lines.joined(separator: "\n") + "\n\n\(table(configurations))"
    }

    private var counts: String {
        let states = result["deliveries"]?.objectValue ?? [:]
        let words = states.members.map { "\($0.value) \($0.name)" }
        return words.isEmpty ? "none" : words.joined(separator: ", ")
    }

    private var age: String {
        let ended: Set<String> = ["delivered", "skipped", "superseded", "failed", "cancelled"]
        let undelivered = (result["deliveries"]?.objectValue ?? [:]).members.filter { !ended.contains($0.name) }
        guard undelivered.contains(where: { $0.value != 0 }),
            let milliseconds = result["oldest_undelivered_ms"]?.doubleValue
        else { return "nothing undelivered" }
        return "undelivered for \((milliseconds / 1_000).rounded()) s"
    }

    private func table(_ configurations: [JSONValue]) -> Table {
        var table = Table(["ID", "NAME", "STATE", "REASON", "BREAKER", "API USED", "LAST ERROR"])
        for configuration in configurations {
            let usage = configuration["api_usage"].map { "\($0.cell("used"))/\($0.cell("limit"))" } ?? "-"
            table.add([
                configuration.cell("configuration_id"), configuration.cell("name"), configuration.cell("state"),
                configuration.cell("state_reason"), configuration.cell("breaker"), usage,
                configuration.cell("last_error"),
            ])
        }
        return table
    }
}
