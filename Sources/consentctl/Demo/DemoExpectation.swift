import JSON

/// What Salesforce must hold in the end, computed from the events alone.
///
/// For each person and field the newest choice counts; of two of one moment the more restrictive one; then the
/// greater event id.
struct DemoExpectation {
    /// Records by address, for each kind.
    private(set) var records: [String: [String: [String: JSONValue]]] = [:]
    /// The events, by kind, whose choice counts for at least one field of a record: they must have been delivered.
    private(set) var winners: [String: Set<String>] = [:]
    /// The reason, by kind and event, for which an event is not sent at all.
    private(set) var skipReasons: [String: [String: String]] = [:]

    init(events: [DemoEvent], people: [DemoPerson]) {
        for target in DemoSetup.targets {
            var merged = Merge()
            for event in events {
                if let reason = Self.skipReason(event, target) {
                    skipReasons[target.sobject, default: [:]][event.id] = reason
                } else {
                    merged.add(event, target)
                }
            }
            for (index, person) in people.enumerated() {
                let isThere = target.sobject == "Lead" ? person.isLead : person.isContact
                let choices = merged.choices[index] ?? [:]
                guard isThere || (target.isCreated && !choices.isEmpty) else { continue }
                var fields = Self.initialFields(person, target, isThere: isThere)
                for (field, choice) in choices {
                    fields[field] = choice.value
                    winners[target.sobject, default: []].insert(choice.eventID)
                }
                records[target.sobject, default: [:]][person.address.lowercased()] = fields
            }
        }
    }

    private static func skipReason(_ event: DemoEvent, _ target: DemoSetup.Target) -> String? {
        if event.isPending { return "PENDING_APPROVAL" }
        if event.regulation != "gdpr" { return "REGULATION" }
        return target.rules.contains { event.choice($0) != nil } ? nil : "NOTHING_MAPPED"
    }

    private static func initialFields(
        _ person: DemoPerson,
        _ target: DemoSetup.Target,
        isThere: Bool
    ) -> [String: JSONValue] {
        var fields: [String: JSONValue] = [:]
        for rule in target.rules {
            if case .purpose = rule.source { fields[rule.field] = false } else { fields[rule.field] = .null }
        }
        fields["Newsletter__c"] = .bool(isThere && person.hadNewsletter)
        return fields
    }

    /// The choices that count so far.
    private struct Merge {
        var choices: [Int: [String: Choice]] = [:]

        mutating func add(_ event: DemoEvent, _ target: DemoSetup.Target) {
            for rule in target.rules {
                guard let (value, isRestrictive) = event.choice(rule) else { continue }
                let new = Choice(
                    value: value,
                    createdAt: event.createdAt,
                    isRestrictive: isRestrictive,
                    eventID: event.id
                )
                if let old = choices[event.person]?[rule.field], !new.countsOver(old) { continue }
                choices[event.person, default: [:]][rule.field] = new
            }
        }
    }

    private struct Choice {
        var value: JSONValue
        var createdAt: Int64
        var isRestrictive: Bool
        var eventID: String

        func countsOver(_ other: Choice) -> Bool {
            if createdAt != other.createdAt { return createdAt > other.createdAt }
            if isRestrictive != other.isRestrictive { return isRestrictive }
            return eventID > other.eventID
        }
    }
}

extension DemoEvent {
    /// The value that the event has for a field, and whether it takes something away; nil when it has none.
    fileprivate func choice(_ rule: DemoSetup.Rule) -> (value: JSONValue, isRestrictive: Bool)? {
        switch rule.source {
        case .purpose(let id):
            guard case .some(.some(let isAllowed)) = purposes[id] else { return nil }
            return (.bool(isAllowed != rule.isInverted), !isAllowed)
        case .topics:
            guard let chosen = preferences[DemoSetup.topics] else { return nil }
            let labels = DemoSetup.topicValues.filter { chosen.contains($0.id) }.map(\.label)
            return labels.isEmpty ? (.null, true) : (.string(labels.joined(separator: ";")), false)
        case .frequency:
            guard let chosen = preferences[DemoSetup.frequency] else { return nil }
            return chosen.first.map { (.string($0), false) } ?? (.null, true)
        }
    }
}
