/// What an event chose for one of a configuration's sources.
package struct CapturedChoice: Hashable, Sendable {
    package var choice: Choice
    /// The source's place in the configuration's list of sources.
    package var source: UInt16
    /// Sent along with choices but no choice of the person (an `event-field`), so it keeps no event alive by itself.
    package var isCompanion: Bool

    package init(source: UInt16, choice: Choice, isCompanion: Bool = false) {
        self.source = source
        self.choice = choice
        self.isCompanion = isCompanion
    }
}

/// The choices that stand for one person in one configuration: the merge rule's state.
///
/// Merging is commutative, associative and idempotent: any order of arrival, replay or retry ends in the same choices.
package struct MergedFields: Hashable, Sendable {
    /// At most one entry for each source.
    package private(set) var standing: [StandingChoice] = []

    package init() {}

    /// Merges an event's choices and returns the events that lost a field to it, each as often as it lost one.
    package mutating func merge(
        _ captured: [CapturedChoice],
        of event: SequenceNumber,
        eventID: String,
        createdAt: Timestamp
    ) -> [SequenceNumber] {
        var displaced: [SequenceNumber] = []
        for item in captured {
            let version = ChoiceVersion(
                createdAt: createdAt,
                isRestrictive: item.choice.isRestrictive,
                eventID: eventID
            )
            var challenger = StandingChoice(captured: item, version: version, event: event)
            guard let index = standing.firstIndex(where: { $0.captured.source == item.source }) else {
                standing.append(challenger)
                continue
            }
            guard standing[index].version < version else {
                // The closest rival tells why the winner stands, whichever came first.
                let rule = standing[index].version.rule(over: version)
                if let rule { standing[index].rule = max(standing[index].rule, rule) }
                continue
            }
            challenger.rule = version.rule(over: standing[index].version) ?? .only
            displaced.append(standing[index].event)
            standing[index] = challenger
        }
        return displaced
    }

    /// Whether a choice of this event stands for at least one source.
    package func isStanding(_ event: SequenceNumber) -> Bool {
        standing.contains { $0.event == event && !$0.captured.isCompanion }
    }

    /// The choice that stands for a source.
    package func choice(for source: UInt16) -> StandingChoice? {
        standing.first { $0.captured.source == source }
    }

    /// Notes how the deliveries of these events ended; nil takes that back.
    package mutating func end(_ events: [SequenceNumber], as state: DeliveryState?, at moment: Timestamp) {
        for index in standing.indices where events.contains(standing[index].event) {
            standing[index].endState = state
            standing[index].endedAt = moment
        }
    }

    /// The choice that stands for one source, and the event it came with.
    package struct StandingChoice: Hashable, Sendable {
        // In an order that leaves no gaps: there are millions of these.
        package var event: SequenceNumber
        /// Means something with an `endState` only.
        package var endedAt = Timestamp(milliseconds: 0)
        package var version: ChoiceVersion
        package var rule = MergeRule.only
        /// How the event's delivery ended; nil while it is undelivered.
        package var endState: DeliveryState?
        package var captured: CapturedChoice

        /// Whether Salesforce confirmed the choice.
        package var isDelivered: Bool { endState == .delivered }

        package init(captured: CapturedChoice, version: ChoiceVersion, event: SequenceNumber) {
            self.captured = captured
            self.version = version
            self.event = event
        }
    }

    /// Takes over choices that were merged before.
    package init(standing: [StandingChoice]) {
        self.standing = standing
    }
}

/// Why a choice stands: what set it apart from the closest of those it won against.
package enum MergeRule: UInt8, Comparable, Hashable, Sendable {
    /// No other choice was ever made.
    case only
    /// It was made later than every other.
    case newest
    /// One made at the same moment was less restrictive.
    case tieDenied
    /// One made at the same moment was as restrictive, and its event's id is smaller.
    case tieEventID

    package static func < (left: MergeRule, right: MergeRule) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension ChoiceVersion {
    /// What makes this version win over a smaller one; nil for an equal one.
    package func rule(over other: ChoiceVersion) -> MergeRule? {
        if createdAt != other.createdAt { return .newest }
        if isRestrictive != other.isRestrictive { return .tieDenied }
        return eventID.hasSameBytes(as: other.eventID) ? nil : .tieEventID
    }
}
