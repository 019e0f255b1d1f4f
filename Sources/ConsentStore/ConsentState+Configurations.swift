import Consent

extension ConsentState {
    /// Adds or changes a configuration; a change lets a held one run again.
    mutating func apply(_ configuration: Configuration, key: CreationKey?, at sequenceNumber: SequenceNumber) {
        if let index = configurationIndexes[configuration.id] {
            configurationNames[configurations[index].configuration.name] = nil
            let mappings = configurations[index].configuration.mappings
            // Two normal forms of one id are equal mappings and yet other sources.
            let mappingsChanged =
                mappings != configuration.mappings
                || mappings.map { MappingSource($0) } != configuration.mappings.map { MappingSource($0) }
            configurations[index].replace(with: configuration)
            configurations[index].condition = .running
            configurations[index].conditionChangedBy = sequenceNumber
            if mappingsChanged {
                skipUnmapped(index, at: configuration.updatedAt, by: sequenceNumber)
            }
        } else {
            configurationIndexes[configuration.id] = configurations.count
            lastOrdinal = max(lastOrdinal, configuration.id.ordinal)
            configurations.append(ConfigurationEntry(configuration))
        }
        configurationNames[configuration.name] = configuration.id
        if let key {
            remember(key, of: configuration)
        }
        effects.outbox.append(.configuration(configuration.id))
        effects.outbox.append(.allSubjects(configuration.id))
    }

    private mutating func remember(_ key: CreationKey, of configuration: Configuration) {
        let text = HashedText(key.text)
        creationKeys[text] = CreationEntry(
            configuration: configuration.id,
            digest: key.digest,
            createdAt: configuration.createdAt
        )
        creationKeyOrder.append(text)
        let oldest = configuration.createdAt - limits.keyLifetime
        while let first = creationKeyOrder.first, let entry = creationKeys[first], entry.createdAt < oldest {
            creationKeyOrder.removeFirst()
            creationKeys[first] = nil
        }
    }

    /// Lets go of a deleted configuration that no delivery in memory names any more.
    mutating func dropDeletedConfigurations() {
        guard hasDeletedConfigurations else { return }
        let kept = configurations.filter { !$0.isDeleted || $0.personCount > 0 }
        hasDeletedConfigurations = kept.contains(where: \.isDeleted)
        guard kept.count < configurations.count else { return }
        configurations = kept
        configurationIndexes = Dictionary(
            uniqueKeysWithValues: kept.enumerated().map { ($1.configuration.id, $0) }
        )
    }

    /// Ends what waits for fields that are no longer mapped, since nothing would ever be written for it.
    private mutating func skipUnmapped(_ index: Int, at moment: Timestamp, by sequenceNumber: SequenceNumber) {
        let id = configurations[index].configuration.id
        for slot in 0..<configurations[index].subjects.count {
            for event in configurations[index].subjects[slot].open {
                guard let delivery = events[event]?.deliveries.first(where: { $0.configuration == id }),
                    !configurations[index].isMapped(delivery.choices)
                else { continue }
                finish(
                    DeliveryID(event: event, configuration: id),
                    as: .skipped,
                    detail: .nothingMapped,
                    at: moment,
                    by: sequenceNumber
                )
            }
        }
    }

    /// Removes a configuration; what is still undelivered for it is cancelled.
    mutating func delete(
        _ id: ConfigurationID,
        at moment: Timestamp,
        by sequenceNumber: SequenceNumber
    ) throws(RecordError) {
        let index = try index(of: id)
        for slot in 0..<configurations[index].subjects.count {
            for event in configurations[index].subjects[slot].open {
                finish(
                    DeliveryID(event: event, configuration: id),
                    as: .cancelled,
                    detail: DeliveryDetail(reason: "CONFIGURATION_DELETED"),
                    at: moment,
                    by: sequenceNumber
                )
            }
        }
        // Nobody can ask for it any more.
        jobs.removeAll { $0.configuration == id }
        configurations[index].isDeleted = true
        hasDeletedConfigurations = true
        for slot in 0..<configurations[index].subjects.count { forgetIfEmpty(index, UInt32(slot)) }
        configurationNames[configurations[index].configuration.name] = nil
        effects.outbox.append(.configuration(id))
    }

    mutating func apply(
        _ condition: ConfigurationCondition,
        of id: ConfigurationID,
        at sequenceNumber: SequenceNumber
    ) throws(RecordError) {
        let index = try index(of: id)
        let wasRunning = configurations[index].isRunning
        configurations[index].condition = condition
        configurations[index].conditionChangedBy = sequenceNumber
        effects.outbox.append(.configuration(id))
        if !wasRunning, configurations[index].isRunning { effects.outbox.append(.allSubjects(id)) }
    }
}
