import JSON

/// Every event that was published, and what an org must hold once all of them are delivered.
struct CrashModel {
    /// The consent value that each field follows.
    static let fields = ["Newsletter__c": "tFyHkpl", "Phone_OptIn__c": "hJ3kQ2a"]

    /// One event as it was sent.
    struct Event {
        var id: String
        var person: String
        var moment: Int
        var choices: [String: Bool]

        /// The parameters of its publication.
        var params: JSONValue {
            let preferences = JSONObject(choices.sorted { $0.key < $1.key }.map { ($0.key, .bool($0.value)) })
            let createdAt = "2025-03-14T09:26:53.\(100 + moment)Z"
            return Scene.publishing(person, .object(preferences), id: id, createdAt: createdAt)
        }
    }

    private(set) var events: [Event] = []

    mutating func add(_ event: Event) {
        events.append(event)
    }

    var people: Set<String> { Set(events.map(\.person)) }

    /// The choice that wins for a person and a consent value: the latest, then the denial, then the greater id; nil without one.
    func choice(of person: String, _ value: String) -> Bool? {
        let candidates = events.filter { $0.person == person && $0.choices[value] != nil }
        let winner = candidates.max { one, other in
            let denials = [one, other].map { $0.choices[value] == false ? 1 : 0 }
            if one.moment != other.moment { return one.moment < other.moment }
            if denials[0] != denials[1] { return denials[0] < denials[1] }
            return Array(one.id.utf8).lexicographicallyPrecedes(Array(other.id.utf8))
        }
        return winner?.choices[value]
    }

    /// Where the org differs, given the records of each person.
    func differences(from records: [String: [JSONValue]]) -> [String] {
        people.sorted().flatMap { person -> [String] in
            let found = records[person] ?? []
            guard found.count == 1, let record = found.first else { return ["\(person) has \(found.count) records"] }
            return Self.fields.compactMap { field, value in
                let expected = choice(of: person, value) ?? false
                let actual = record[field]?.boolValue ?? false
                return actual == expected ? nil : "\(field) of \(person) is \(actual)"
            }
        }
    }
}
