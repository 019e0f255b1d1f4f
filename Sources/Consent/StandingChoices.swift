/// The choices that stand for one person: mostly there is one, and that one needs no memory of its own.
package struct StandingChoices: Hashable, Sendable {
    // A member and not a case of an enumeration, out of which it would be copied each time that it is looked at.
    private var first: MergedFields.StandingChoice?
    private var others: [MergedFields.StandingChoice] = []

    package init() {}

    /// Adds a choice for a source that has none.
    package mutating func append(_ choice: consuming MergedFields.StandingChoice) {
        if first == nil { first = consume choice } else { others.append(consume choice) }
    }

    /// Where the choice for a source is.
    func index(of source: UInt16) -> Int? {
        guard let first else { return nil }
        if first.captured.source == source { return 0 }
        return others.firstIndex { $0.captured.source == source }.map { $0 + 1 }
    }

    /// Whether the number of every source is below a limit.
    package func hasSources(below limit: Int) -> Bool {
        guard let first else { return true }
        return Int(first.captured.source) < limit && others.allSatisfy { Int($0.captured.source) < limit }
    }

    /// Whether a choice of this event stands that is a person's own.
    func hasOwn(of event: SequenceNumber) -> Bool {
        if let first, first.event == event, !first.captured.isCompanion { return true }
        return others.contains { $0.event == event && !$0.captured.isCompanion }
    }

    /// Notes how an event's delivery ended.
    mutating func end(_ event: SequenceNumber, as state: DeliveryState?, at moment: Timestamp) {
        if first?.event == event { first?.end(as: state, at: moment) }
        for index in others.indices where others[index].event == event { others[index].end(as: state, at: moment) }
    }

    /// Lets the choice at a place give way to one with a greater version; returns the event that lost, if it did.
    mutating func challenge(
        _ index: Int,
        by item: CapturedChoice,
        _ version: ChoiceVersion,
        of event: SequenceNumber
    ) -> SequenceNumber? {
        guard index == 0 else { return others[index - 1].challenge(item, version, of: event) }
        return first?.challenge(item, version, of: event) ?? nil
    }
}

extension StandingChoices: RandomAccessCollection {
    package var startIndex: Int { 0 }

    package var endIndex: Int { first == nil ? 0 : others.count + 1 }

    package subscript(index: Int) -> MergedFields.StandingChoice {
        guard let first else { preconditionFailure("no choice at \(index)") }
        return index == 0 ? first : others[index - 1]
    }
}

extension MergedFields {
    /// The choice that stands for one source, and the event it came with.
    package struct StandingChoice: Sendable {
        // In an order that leaves no gaps, and a byte for the list's own: there are millions of these.
        package let eventID: String
        package private(set) var event: SequenceNumber
        /// Means something with an `endState` only.
        package private(set) var endedAt: Timestamp
        private var createdAt: Timestamp
        package private(set) var captured: CapturedChoice
        private var isRestrictive: Bool
        package private(set) var rule: MergeRule
        /// How the event's delivery ended; nil while it is undelivered.
        package private(set) var endState: DeliveryState?

        /// Where the choice ranks among others for its source.
        package var version: ChoiceVersion {
            ChoiceVersion(createdAt: createdAt, isRestrictive: isRestrictive, eventID: eventID)
        }

        /// Whether Salesforce confirmed the choice.
        package var isDelivered: Bool { endState == .delivered }

        package init(
            captured: CapturedChoice,
            version: ChoiceVersion,
            event: SequenceNumber,
            rule: MergeRule = .only,
            endState: DeliveryState? = nil,
            endedAt: Timestamp = Timestamp(milliseconds: 0)
        ) {
            eventID = version.eventID
            self.event = event
            self.endedAt = endedAt
            createdAt = version.createdAt
            self.captured = captured
            isRestrictive = version.isRestrictive
            self.rule = rule
            self.endState = endState
        }

        /// Gives way to a choice with a greater version, and returns the event that it came with; nil where it stays.
        mutating func challenge(
            _ item: CapturedChoice,
            _ version: ChoiceVersion,
            of event: SequenceNumber
        ) -> SequenceNumber? {
            let known = self.version
            guard known < version else {
                // The closest rival tells why the winner stands, whichever came first.
                if let rule = known.rule(over: version) { self.rule = max(self.rule, rule) }
                return nil
            }
            let loser = self.event
            self = StandingChoice(
                captured: item,
                version: version,
                event: event,
                rule: version.rule(over: known) ?? .only
            )
            return loser
        }

        mutating func end(as state: DeliveryState?, at moment: Timestamp) {
            endState = state
            endedAt = moment
        }
    }
}

extension MergedFields.StandingChoice: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        left.event == right.event && left.captured == right.captured && left.version == right.version
            && left.rule == right.rule && left.endState == right.endState && left.endedAt == right.endedAt
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(event)
        hasher.combine(captured)
    }
}
