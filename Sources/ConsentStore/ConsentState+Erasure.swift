import Consent

extension ConsentState {
    /// Where a person is kept.
    func keys(of organizationUserID: String) -> [SubjectKey] {
        configurations.compactMap { entry in
            entry.slot(of: organizationUserID).map { SubjectKey(configuration: entry.configuration.id, slot: $0) }
        }
    }

    /// Events forgotten already whose keys spell the person's identifier.
    func keyedEvents(of organizationUserID: String) -> [SequenceNumber] {
        let needle = Array(organizationUserID.utf8)
        return eventKeys.inOrder.compactMap { use in
            guard use.key.text.utf8.count >= needle.count, Array(use.key.text.utf8).firstRange(of: needle) != nil else {
                return nil
            }
            return use.event
        }
    }

    /// Forgets a person: choices, events, deliveries and keys of events.
    mutating func apply(_ record: ErasureRecord, at sequenceNumber: SequenceNumber) throws(RecordError) {
        var forgotten: Set<SequenceNumber> = []
        var deliveryCount = 0
        for key in record.keys {
            let index = try index(of: key.configuration)
            guard let subject = configurations[index].remove(key.slot) else { throw .inconsistent }
            for job in jobs.indices where jobs[job].configuration == key.configuration {
                jobs[job].rows.removeAll { $0.slot == key.slot }
            }
            openCount -= subject.open.count
            configurations[index].openCount -= subject.open.count
            deliveryCount += subject.events.count { event in
                events[event]?.deliveries.contains { $0.configuration == key.configuration } == true
            }
            forgotten.formUnion(subject.events)
            // Whatever was announced of the person is looked up again and found gone.
            effects.outbox.append(.subject(key))
        }
        for event in forgotten { events[event] = nil }
        forgotten.formUnion(record.keyedEvents)
        if !forgotten.isEmpty { eventKeys.remove(for: forgotten) }
        effects.changedEvents.append(contentsOf: forgotten)
        erasures.add(
            record.subject,
            ErasureTable.Entry(event: sequenceNumber, erasedAt: record.at, deliveryCount: deliveryCount),
            limits: limits
        )
    }
}
