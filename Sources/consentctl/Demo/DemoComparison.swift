import JSON

/// Compares every record that Salesforce holds with what it must be.
struct DemoComparison {
    private(set) var problems: [String] = []
    private(set) var comparedCount = 0
    private let expectation: DemoExpectation
    private var held: [String: [String: JSONValue]] = [:]

    init(records: [String: [JSONValue]], expectation: DemoExpectation) {
        self.expectation = expectation
        for target in DemoSetup.targets {
            for record in records[target.sobject] ?? [] {
                let address = record["Email"]?.stringValue?.lowercased() ?? ""
                if held[target.sobject, default: [:]].updateValue(record, forKey: address) != nil {
                    problems.append("\(target.sobject) \(address) exists twice")
                }
            }
            compare(target)
        }
    }

    private mutating func compare(_ target: DemoSetup.Target) {
        let expected = expectation.records[target.sobject] ?? [:]
        for (address, fields) in expected.sorted(by: { $0.key < $1.key }) {
            guard let record = held[target.sobject]?[address] else {
                problems.append("\(target.sobject) \(address) is missing")
                continue
            }
            comparedCount += 1
            for (field, value) in fields.sorted(by: { $0.key < $1.key }) {
                let found = record[field] ?? .null
                guard found != value else { continue }
                problems.append("\(target.sobject) \(address): \(field) is \(found) and must be \(value)")
            }
        }
        for address in (held[target.sobject] ?? [:]).keys where expected[address] == nil {
            problems.append("\(target.sobject) \(address) was created for no reason")
        }
    }

    /// Three people worth a look: one with an awkward address, one that was created, one with two choices of a moment.
    func shown(from events: DemoEvents) -> [DemoReport.ShownPerson] {
        let target = DemoSetup.targets[0]
        let touched = Set(
            events.distinct.filter { expectation.winners[target.sobject]?.contains($0.id) == true }.map(\.person)
        )
        let moments = Dictionary(grouping: events.distinct) { "\($0.person) \($0.createdAt)" }
        let tied = Set(moments.values.filter { $0.count > 1 }.map { $0[0].person })
        let kinds: [(String, (Int) -> Bool)] = [
            ("a quote in the address", { events.people[$0].isLead && events.people[$0].address.contains("'") }),
            ("created, since nobody had the address", { !events.people[$0].isLead }),
            ("two opposite choices at one moment", { events.people[$0].isLead && tied.contains($0) }),
        ]
        return kinds.compactMap { why, matches in
            events.people.indices.first { touched.contains($0) && matches($0) }.map { index in
                person(events.people[index], target, why)
            }
        }
    }

    private func person(_ person: DemoPerson, _ target: DemoSetup.Target, _ why: String) -> DemoReport.ShownPerson {
        let address = person.address.lowercased()
        let record = held[target.sobject]?[address] ?? .null
        let expected = expectation.records[target.sobject]?[address] ?? [:]
        return DemoReport.ShownPerson(
            why: why,
            address: person.address,
            sobject: target.sobject,
            fields: target.rules.map { ($0.field, record[$0.field] ?? .null, expected[$0.field] ?? .null) }
        )
    }
}
