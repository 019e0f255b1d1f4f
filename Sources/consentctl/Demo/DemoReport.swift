import ConsentClient
import JSON

/// The account that the demo gives, and everything that is wrong in it.
struct DemoReport: Sendable {
    private(set) var problems: [String] = []
    let acknowledgedCount: Int
    let accountedCount: Int
    let facts: [(name: String, value: String)]
    let states: [String: Int]
    let shownPeople: [ShownPerson]
    let comparedCount: Int

    /// A person's record beside what it must be.
    struct ShownPerson: Sendable {
        var why: String
        var address: String
        var sobject: String
        var fields: [(name: String, held: JSONValue, expected: JSONValue)]
    }

    init(
        events: DemoEvents,
        seed: UInt64,
        configurations: [String: String],
        publisher: DemoPublisher,
        deliveries: [DeliveryStatus],
        records: [String: [JSONValue]],
        statistics: JSONValue
    ) {
        let expectation = DemoExpectation(events: events.distinct, people: events.people)
        let accounting = DemoAccounting(
            acknowledgements: publisher.acknowledgements.values.sorted { $0.at < $1.at },
            deliveries: deliveries,
            configurations: configurations,
            expectation: expectation
        )
        let comparison = DemoComparison(records: records, expectation: expectation)
        problems = accounting.problems + comparison.problems
        if publisher.acknowledgements.count < events.publications.count {
            problems.append("\(events.publications.count - publisher.acknowledgements.count) publishes have no answer")
        }
        acknowledgedCount = accounting.acknowledgedCount
        accountedCount = accounting.accountedCount
        states = accounting.states
        comparedCount = comparison.comparedCount
        shownPeople = comparison.shown(from: events)
        let calls = statistics["calls"]?["data"]?.intValue ?? 0
        let writes =
            (statistics["records_updated"]?.intValue ?? 0) + (statistics["records_created"]?.intValue ?? 0)
        facts = [
            ("seed", "\(seed)"),
            (
                "publishes",
                "\(events.publications.count) (\(events.duplicateCount) duplicates, \(events.tieCount) ties)"
            ),
            ("people", "\(events.people.count)"),
            ("answers cut off by SIGKILL", "\(publisher.unansweredCount) (published again)"),
            ("answered as published before", "\(publisher.replayedCount)"),
            ("acknowledgement to delivery", accounting.latencyText),
            ("record writes", "\(writes) (\(statistics["records_created"]?.intValue ?? 0) records created)"),
            ("API calls", "\(calls)"),
            ("API calls per 1,000 updates", writes == 0 ? "-" : "\(calls * 1_000 / writes)"),
        ]
    }

    /// The account for a person.
    var text: String {
        var lines = ["", "What happened"]
        for fact in facts { lines.append("  \(fact.name): \(fact.value)") }
        lines += ["", "Deliveries"]
        var table = Table(["  STATE", "COUNT"])
        for (state, count) in states.sorted(by: { $0.value > $1.value }) { table.add(["  " + state, "\(count)"]) }
        lines += ["\(table)", "", "What Salesforce holds now (and what the events say it must)"]
        for person in shownPeople {
            lines.append("  \(person.why): \(person.sobject) \(person.address)")
            var table = Table(["    FIELD", "HOLDS", "MUST HOLD", ""])
            for field in person.fields {
                let mark = field.held == field.expected ? "ok" : "WRONG"
                table.add(["    " + field.name, "\(field.held)", "\(field.expected)", mark])
            }
            lines.append("\(table)")
        }
        lines += ["", "\(comparedCount) records compared in every mapped field"]
        lines.append("\(acknowledgedCount) deliveries acknowledged = \(accountedCount) accounted for")
        if problems.isEmpty {
            lines.append("nothing was lost, and every record is right")
        } else {
            lines.append("\(problems.count) problems:")
            lines += problems.prefix(20).map { "  " + $0 }
            if problems.count > 20 { lines.append("  …") }
        }
        return lines.joined(separator: "\n")
    }

    /// The account for a program.
    var json: JSONValue {
        [
            "ok": .bool(problems.isEmpty),
            "acknowledged": .int(acknowledgedCount),
            "accounted_for": .int(accountedCount),
            "records_compared": .int(comparedCount),
            "states": .object(JSONObject(states.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })),
            "facts": .object(JSONObject(facts.map { ($0.name, .string($0.value)) })),
            "problems": .array(problems.map(JSONValue.string)),
        ]
    }
}
