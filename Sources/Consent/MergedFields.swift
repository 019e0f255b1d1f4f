/// What an event chose for one of a configuration's sources.
package struct CapturedChoice: Hashable, Sendable {
    /// The source's place in the configuration's list of sources.
    package var source: UInt16
    package var choice: Choice
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
            let challenger = StandingChoice(captured: item, version: version, event: event, isDelivered: false)
            guard let index = standing.firstIndex(where: { $0.captured.source == item.source }) else {
                standing.append(challenger)
                continue
            }
            guard standing[index].version < version else { continue }
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

    /// Notes that Salesforce confirmed the choices of these events.
    package mutating func markDelivered(_ events: [SequenceNumber]) {
        for index in standing.indices where events.contains(standing[index].event) {
            standing[index].isDelivered = true
        }
    }

    /// The choice that stands for one source, and the event it came with.
    package struct StandingChoice: Hashable, Sendable {
        package var captured: CapturedChoice
        package var version: ChoiceVersion
        package var event: SequenceNumber
        package var isDelivered: Bool
    }
}
