import Consent

extension ConsentState {
    /// Adds a part of a snapshot; they come in the order in which `StateView` gave them.
    mutating func restore(_ record: StateRecord) throws(RecordError) {
        switch record {
        case .counters(let counters):
            newest = counters.newest
            lastOrdinal = counters.lastOrdinal
            forgottenThrough = counters.forgottenThrough
        case .configuration(let part):
            let id = part.configuration.id
            configurationIndexes[id] = configurations.count
            configurations.append(ConfigurationEntry(part))
            if part.isDeleted {
                hasDeletedConfigurations = true
            } else {
                configurationNames[part.configuration.name] = id
            }
        case .subject(var part): try restore(&part)
        case .event(let number, let entry):
            var moved: EventEntry? = entry
            try restore(number, &moved)
        case .eventKey(let use): eventKeys.add(use)
        case .creationKey(let key, let entry):
            creationKeys[HashedText(key)] = entry
            creationKeyOrder.append(HashedText(key))
        case .removals(let events): for event in events { removalQueue.append(event) }
        case .erasure(let subject, let entry): erasures.restore(subject, entry)
        case .job(let job):
            _ = try index(of: job.configuration)
            jobs.append(job)
        }
    }

    /// Moves a person into the state.
    mutating func restore(_ part: inout StateRecord.SubjectPart) throws(RecordError) {
        try configurations[index(of: part.key.configuration)].restore(&part)
    }

    /// Moves an event into the state, of which nil is left.
    mutating func restore(_ number: SequenceNumber, _ entry: inout EventEntry?) throws(RecordError) {
        for place in 0..<(entry?.deliveries.count ?? 0) {
            guard let delivery = entry?.deliveries[place].standing else { throw .inconsistent }
            let index = try index(of: delivery.configuration)
            guard configurations[index].restore(number, delivery) else { throw .inconsistent }
            guard delivery.isOpen else { continue }
            configurations[index].openCount += 1
            openCount += 1
        }
        events[number] = entry.take()
        eventOrder.append(number)
    }
}

extension ConfigurationEntry {
    init(_ part: StateRecord.ConfigurationPart) {
        self.init(part.configuration, sources: part.sources, slotCount: part.slotCount, freeSlots: part.freeSlots)
        condition = part.condition
        conditionChangedBy = part.conditionChangedBy
        isDeleted = part.isDeleted
    }
}
