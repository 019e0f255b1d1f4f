import Consent

/// A configuration and the people it knows.
struct ConfigurationEntry {
    private(set) var configuration: Configuration
    var condition = ConfigurationCondition.running
    /// The record that last changed the condition.
    var conditionChangedBy = SequenceNumber(0)
    var isDeleted = false
    private(set) var sources: [MappingSource] = []
    /// The mappings that read each source now; empty for a source that is no longer mapped.
    private(set) var mappings: [[Mapping]] = []
    /// The people's slots by the hash of their identifiers.
    private var slots = HashIndex()
    var subjects = ChunkedArray<SubjectEntry>()
    /// Slots that nobody is in, used again last in first out, so that a replay gives everyone the same slot.
    private(set) var freeSlots: [UInt32] = []
    /// Undelivered deliveries.
    var openCount = 0

    init(_ configuration: Configuration) {
        self.configuration = configuration
        replace(with: configuration)
    }

    /// Makes a configuration again whose people come back one by one.
    init(_ configuration: Configuration, sources: [MappingSource], slotCount: Int, freeSlots: [UInt32]) {
        self.configuration = configuration
        self.sources = sources
        mappings = [[Mapping]](repeating: [], count: sources.count)
        for _ in 0..<slotCount { subjects.append(.vacant) }
        self.freeSlots = freeSlots
        replace(with: configuration)
    }

    /// How many people it knows.
    var personCount: Int { slots.count }

    /// Whether its deliveries may go out, now or when its org has had its pause.
    var isRunning: Bool {
        guard !isDeleted, !configuration.isPaused else { return false }
        if case .held = condition { return false }
        return true
    }

    /// Takes over a changed configuration; sources keep their numbers, so that what waits is sent by the new mappings.
    mutating func replace(with configuration: Configuration) {
        self.configuration = configuration
        for index in mappings.indices { mappings[index] = [] }
        for mapping in configuration.mappings {
            let source = MappingSource(mapping)
            if let index = sources.firstIndex(of: source) {
                mappings[index].append(mapping)
            } else {
                sources.append(source)
                mappings.append([mapping])
            }
        }
    }

    func slot(of organizationUserID: String) -> UInt32? {
        slot(of: HashedText(organizationUserID))
    }

    private func slot(of subject: HashedText) -> UInt32? {
        var search = slots.search(subject.hashBits)
        while let slot = slots.next(&search) {
            if subjects[Int(slot)].organizationUserID.hasSameBytes(as: subject.text) { return slot }
        }
        return nil
    }

    /// The slot in which a person with this hash may be; see `ConsentState.lookAhead`.
    func peek(_ hash: Int) -> UInt32? {
        var search = slots.search(hash)
        guard let slot = slots.next(&search), slot < subjects.count else { return nil }
        return slot
    }

    mutating func makeSlot(of subject: HashedText) -> UInt32 {
        if let slot = slot(of: subject) { return slot }
        if let slot = freeSlots.popLast() {
            slots.insert(slot, of: subject.hashBits)
            subjects[Int(slot)] = SubjectEntry(organizationUserID: subject.text)
            return slot
        }
        let slot = UInt32(subjects.count)
        slots.insert(slot, of: subject.hashBits)
        subjects.append(SubjectEntry(organizationUserID: subject.text))
        return slot
    }

    /// Forgets a person and gives what was known; nil for an empty slot.
    mutating func remove(_ slot: UInt32) -> SubjectEntry? {
        guard slot < subjects.count, !subjects[Int(slot)].isVacant else { return nil }
        var subject = SubjectEntry.vacant
        swap(&subject, &subjects[Int(slot)])
        slots.remove(slot, of: HashedText(subject.organizationUserID).hashBits)
        freeSlots.append(slot)
        return subject
    }

    /// Moves a person back into the slot that they were in.
    mutating func restore(_ part: inout StateRecord.SubjectPart) throws(RecordError) {
        let slot = Int(part.key.slot)
        guard slot < subjects.count, subjects[slot].isVacant, !part.entry.isVacant,
            part.entry.fields.standing.hasSources(below: sources.count)
        else { throw .inconsistent }
        slots.insert(part.key.slot, of: HashedText(part.entry.organizationUserID).hashBits)
        swap(&subjects[slot], &part.entry)
    }

    /// Lets a person know an event again, oldest first; false where there is no such person.
    mutating func restore(_ event: SequenceNumber, _ delivery: DeliveryEntry.Standing) -> Bool {
        let slot = Int(delivery.slot)
        guard slot < subjects.count, !subjects[slot].isVacant else { return false }
        subjects[slot].events.insert(event)
        if delivery.isOpen { subjects[slot].open.insert(event) }
        return delivery.sourceLimit <= sources.count
    }

    /// The choices that an event carries for this configuration; empty when it has none of a person's own.
    func capture(_ event: ConsentEvent, id: String, createdAt: Timestamp) -> [CapturedChoice] {
        var captured: [CapturedChoice] = []
        var hasChoice = false
        for index in sources.indices {
            guard let mapping = mappings[index].first else { continue }
            if let choice = mapping.choice(in: event) {
                captured.append(CapturedChoice(source: UInt16(index), choice: choice))
                hasChoice = true
            } else if mapping.type == .eventField,
                let companion = mapping.companion(in: event, id: id, createdAt: createdAt)
            {
                captured.append(CapturedChoice(source: UInt16(index), choice: companion, isCompanion: true))
            }
        }
        return hasChoice ? captured : []
    }

    /// The field values of these choices as far as they can be told without knowing the fields' types.
    func fieldEntries(for choices: [CapturedChoice]) -> [FieldEntry] {
        var entries: [FieldEntry] = []
        for captured in choices {
            for mapping in mappings[Int(captured.source)] {
                entries.append(FieldEntry(field: mapping.field, value: mapping.fieldValue(for: captured.choice)))
            }
        }
        return entries
    }

    /// What is to be written for a person: the standing choices of undelivered events, and the constants.
    func write(for key: SubjectKey) -> SubjectWrite? {
        write(for: key, of: subjects[Int(key.slot)].open)
    }

    /// What is to be written of some of a person's undelivered events: their standing choices, and the constants.
    func write(for key: SubjectKey, of events: EventList) -> SubjectWrite? {
        let subject = subjects[Int(key.slot)]
        guard let newest = events.last else { return nil }
        var fields: [FieldChoice] = []
        for standing in subject.fields.standing where events.contains(standing.event) {
            for mapping in mappings[Int(standing.captured.source)] {
                fields.append(FieldChoice(mapping: mapping, choice: standing.captured.choice))
            }
        }
        for mapping in configuration.mappings where mapping.type == .constant {
            fields.append(FieldChoice(mapping: mapping, choice: .text(mapping.value)))
        }
        return SubjectWrite(
            key: key,
            organizationUserID: subject.organizationUserID,
            fields: fields,
            isWithdrawal: subject.isWithdrawal(in: events),
            through: newest,
            attempts: Int(subject.progress.attempts),
            isDivisible: events.count > 1
        )
    }

    /// Whether any of these choices is still mapped to a field.
    func isMapped(_ choices: [CapturedChoice]) -> Bool {
        choices.contains { !$0.isCompanion && !mappings[Int($0.source)].isEmpty }
    }
}

/// What a mapping looks for; two mappings of one source give one choice to two fields.
struct MappingSource: Equatable {
    let type: MappingType
    let value: String
    let preference: String?

    init(type: MappingType, value: String, preference: String?) {
        self.type = type
        self.value = value
        self.preference = preference
    }

    init(_ mapping: Mapping) {
        type = mapping.type
        value = mapping.value
        preference = mapping.preference
    }

    static func == (left: Self, right: Self) -> Bool {
        guard left.type == right.type, left.value.hasSameBytes(as: right.value) else { return false }
        switch (left.preference, right.preference) {
        case (let one?, let other?): return one.hasSameBytes(as: other)
        case (nil, nil): return true
        default: return false
        }
    }
}
