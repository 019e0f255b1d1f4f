import Consent
import DequeModule

/// A state at one moment, to be read on another thread while the state itself goes on.
struct StateView: Sendable {
    private let counters: StateRecord.Counters
    private let configurations: [ConfigurationView]
    private let events: SequenceTable<EventEntry>
    /// Without the index, which is not copied then when the next event changes it.
    private let eventKeyUses: ChunkedQueue<EventKeyTable.Use?>
    private let creationKeys: [HashedText: ConsentState.CreationEntry]
    private let creationKeyOrder: Deque<HashedText>
    private let removalQueue: ChunkedQueue<SequenceNumber>
    private let erasures: ErasureTable
    private let jobs: [BulkJob]

    /// A configuration without the table of its people's slots, which the people tell themselves.
    private struct ConfigurationView: Sendable {
        var part: StateRecord.ConfigurationPart
        var subjects: ChunkedArray<SubjectEntry>
    }

    init(_ state: ConsentState) {
        counters = StateRecord.Counters(
            newest: state.newest,
            lastOrdinal: state.lastOrdinal,
            forgottenThrough: state.forgottenThrough
        )
        configurations = state.configurations.map { entry in
            ConfigurationView(
                part: StateRecord.ConfigurationPart(
                    configuration: entry.configuration,
                    condition: entry.condition,
                    conditionChangedBy: entry.conditionChangedBy,
                    isDeleted: entry.isDeleted,
                    sources: entry.sources,
                    slotCount: entry.subjects.count,
                    freeSlots: entry.freeSlots
                ),
                subjects: entry.subjects
            )
        }
        events = state.events
        eventKeyUses = state.eventKeys.uses
        creationKeys = state.creationKeys
        creationKeyOrder = state.creationKeyOrder
        removalQueue = state.removalQueue
        erasures = state.erasures
        jobs = state.jobs
    }

    /// Gives every part, in an order from which the state can be made again.
    func forEachRecord<Failure: Error>(_ body: (StateRecord) throws(Failure) -> Void) throws(Failure) {
        try body(.counters(counters))
        for configuration in configurations { try body(.configuration(configuration.part)) }
        for configuration in configurations {
            let id = configuration.part.configuration.id
            for slot in 0..<configuration.subjects.count where !configuration.subjects[slot].isVacant {
                try body(
                    .subject(
                        StateRecord.SubjectPart(
                            key: SubjectKey(configuration: id, slot: UInt32(slot)),
                            entry: configuration.subjects[slot]
                        )
                    )
                )
            }
        }
        for event in events.keys {
            guard let entry = events[event] else { continue }
            try body(.event(event, entry))
        }
        for case let use? in eventKeyUses { try body(.eventKey(use)) }
        for key in creationKeyOrder {
            guard let entry = creationKeys[key] else { continue }
            try body(.creationKey(key.text, entry))
        }
        var removals: [SequenceNumber] = []
        for event in removalQueue {
            removals.append(event)
            guard removals.count == 4_096 else { continue }
            try body(.removals(removals))
            removals.removeAll(keepingCapacity: true)
        }
        if !removals.isEmpty { try body(.removals(removals)) }
        for (subject, entry) in erasures.inOrder { try body(.erasure(subject, entry)) }
        for job in jobs { try body(.job(job)) }
    }
}
