/// What an event chose for one of a configuration's sources.
package struct CapturedChoice: Hashable, Sendable {
    // In an order that leaves no gaps: there are millions of these.
    package var choice: Choice
    /// Sent along with choices but no choice of the person (an `event-field`), so it keeps no event alive by itself.
    package var isCompanion: Bool
    /// The source's place in the configuration's list of sources.
    package var source: UInt16

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
    package private(set) var standing = StandingChoices()

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
            guard let index = standing.index(of: item.source) else {
                standing.append(StandingChoice(captured: item, version: version, event: event))
                continue
            }
            if let loser = standing.challenge(index, by: item, version, of: event) { displaced.append(loser) }
        }
        return displaced
    }

    /// Whether a choice of this event stands for at least one source.
    package func isStanding(_ event: SequenceNumber) -> Bool {
        standing.hasOwn(of: event)
    }

    /// The choice that stands for a source.
    package func choice(for source: UInt16) -> StandingChoice? {
        standing.first { $0.captured.source == source }
    }

    /// Notes how an event's delivery ended; nil takes that back.
    package mutating func end(_ event: SequenceNumber, as state: DeliveryState?, at moment: Timestamp) {
        standing.end(event, as: state, at: moment)
    }

    /// Takes over choices that were merged before.
    package init(standing: consuming StandingChoices) {
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
