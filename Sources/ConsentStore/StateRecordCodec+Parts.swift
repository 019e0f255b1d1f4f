import Consent

extension StateRecord.ConfigurationPart {
    func encode(to writer: inout ByteWriter) {
        configuration.encode(to: &writer)
        condition.encode(to: &writer)
        writer.unsigned(conditionChangedBy.rawValue)
        writer.flag(isDeleted)
        writer.count(sources.count)
        for source in sources {
            writer.text(source.type.rawValue)
            writer.text(source.value)
            writer.optionalText(source.preference)
        }
        writer.count(slotCount)
        writer.count(freeSlots.count)
        for slot in freeSlots { writer.unsigned(UInt64(slot)) }
    }

    init(from reader: inout ByteReader) throws(RecordError) {
        configuration = try Configuration(from: &reader)
        condition = try ConfigurationCondition(from: &reader)
        conditionChangedBy = SequenceNumber(try reader.unsigned())
        isDeleted = try reader.flag()
        sources = []
        for _ in 0..<(try reader.count()) {
            guard let type = MappingType(rawValue: try reader.text()) else { throw .malformed }
            let value = try reader.text()
            sources.append(MappingSource(type: type, value: value, preference: try reader.optionalText()))
        }
        slotCount = try reader.small()
        freeSlots = []
        for _ in 0..<(try reader.count()) { freeSlots.append(try reader.slot()) }
    }
}

extension StateRecord.SubjectPart {
    func encode(to writer: inout ByteWriter) {
        writer.unsigned(UInt64(key.configuration.ordinal))
        writer.unsigned(UInt64(key.slot))
        writer.text(entry.organizationUserID)
        writer.count(entry.fields.standing.count)
        for choice in entry.fields.standing {
            writer.captured(choice.captured)
            writer.timestamp(choice.version.createdAt)
            writer.flag(choice.version.isRestrictive)
            writer.text(choice.version.eventID)
            writer.unsigned(choice.event.rawValue)
            writer.byte(choice.rule.rawValue)
            writer.byte(choice.endState.map { $0.ordinal + 1 } ?? 0)
            writer.timestamp(choice.endedAt)
        }
        let progress = entry.progress
        writer.count(Int(progress.attempts))
        writer.flag(progress.isParked)
        writer.flag(progress.dueAt != nil)
        if let dueAt = progress.dueAt { writer.timestamp(dueAt) }
        writer.flag(progress.creationStartedAt != nil)
        if let startedAt = progress.creationStartedAt { writer.timestamp(startedAt) }
        writer.texts(entry.recordIDs)
    }

    /// Reads a person.
    ///
    /// - Parameter note: is told each standing choice's event and that one's id.
    init(
        from reader: inout ByteReader,
        noting note: (SequenceNumber, String) -> Void = { _, _ in }
    ) throws(RecordError) {
        let configuration = try reader.configurationID()
        let slot = try reader.slot()
        let organizationUserID = try reader.text()
        var standing = StandingChoices()
        for _ in 0..<(try reader.count()) {
            let choice = try reader.standingChoice()
            note(choice.event, choice.eventID)
            standing.append(choice)
        }
        var progress = SubjectEntry.Progress()
        progress.attempts = UInt16(clamping: try reader.small())
        progress.isParked = try reader.flag()
        if try reader.flag() { progress.dueAt = try reader.timestamp() }
        if try reader.flag() { progress.creationStartedAt = try reader.timestamp() }
        let recordIDs = try reader.texts()
        key = SubjectKey(configuration: configuration, slot: slot)
        entry = SubjectEntry(
            organizationUserID: organizationUserID,
            fields: MergedFields(standing: standing),
            progress: progress,
            recordIDs: recordIDs
        )
    }
}

extension EventKeyTable.Use {
    func encode(to writer: inout ByteWriter) {
        writer.flag(key.isID)
        writer.text(key.text)
        writer.unsigned(event.rawValue)
        writer.digest(digest)
        writer.timestamp(acceptedAt)
    }

    /// Reads the hash of a use's key alone.
    static func keyHash(from reader: inout ByteReader) throws(RecordError) -> Int {
        let isID = try reader.flag()
        return EventKey.hash(reader.byteHash(in: try reader.textRange()), isID: isID)
    }

    /// Reads a use, whose text may be in memory already as its event's id.
    ///
    /// - Parameter hash: what `keyHash` gave, if it was asked.
    init(
        from reader: inout ByteReader,
        hash: Int? = nil,
        recalling ids: (SequenceNumber) -> String? = { _ in nil }
    ) throws(RecordError) {
        let isID = try reader.flag()
        let place = try reader.textRange()
        event = SequenceNumber(try reader.unsigned())
        let text = reader.text(in: place, like: ids(event))
        key = hash.map { EventKey(text: text, hash: $0) } ?? (isID ? .id(text) : .idempotencyKey(text))
        digest = try reader.digest()
        acceptedAt = try reader.timestamp()
    }
}

extension EventEntry {
    func encode(to writer: inout ByteWriter) {
        writer.text(id)
        writer.timestamp(createdAt)
        writer.timestamp(acceptedAt)
        writer.count(deliveries.count)
        for delivery in deliveries { delivery.encode(to: &writer) }
    }

    /// Reads an event, whose id may be in memory already.
    init(from reader: inout ByteReader, knownAs known: String? = nil) throws(RecordError) {
        let id = reader.text(in: try reader.textRange(), like: known)
        let createdAt = try reader.timestamp()
        let acceptedAt = try reader.timestamp()
        let total = try reader.count()
        var deliveries = SmallList<DeliveryEntry>.none
        for _ in 0..<total { deliveries.append(try DeliveryEntry(from: &reader)) }
        self.init(
            id: id,
            createdAt: createdAt,
            acceptedAt: acceptedAt,
            deliveries: deliveries
        )
    }
}

extension DeliveryEntry {
    func encode(to writer: inout ByteWriter) {
        writer.unsigned(UInt64(configuration.ordinal))
        writer.unsigned(UInt64(slot))
        writer.byte(state.ordinal)
        writer.count(Int(attempts))
        writer.unsigned(changedBy.rawValue)
        writer.timestamp(updatedAt)
        writer.unsigned(supersededBy?.rawValue ?? 0)
        writer.count(choices.count)
        for choice in choices { writer.captured(choice) }
        writer.flag(detail != nil)
        guard let detail else { return }
        writer.optionalText(detail.reason)
        writer.optionalAttempt(detail.attempt)
        writer.flag(detail.dueAt != nil)
        if let dueAt = detail.dueAt { writer.timestamp(dueAt) }
        writer.texts(detail.recordIDs)
        writer.byte(detail.isCreated.map { $0 ? 2 : 1 } ?? 0)
    }

    init(from reader: inout ByteReader) throws(RecordError) {
        let configuration = try reader.configurationID()
        let slot = try reader.slot()
        let state = try reader.deliveryState()
        let attempts = UInt16(clamping: try reader.small())
        let changedBy = SequenceNumber(try reader.unsigned())
        let updatedAt = try reader.timestamp()
        let winner = try reader.unsigned()
        let choices = try reader.capturedChoices()
        self.init(
            configuration: configuration,
            slot: slot,
            state: state,
            changedBy: changedBy,
            updatedAt: updatedAt,
            choices: choices,
            detail: try reader.flag() ? try DeliveryDetail(from: &reader) : nil,
            attempts: attempts,
            supersededBy: winner == 0 ? nil : SequenceNumber(winner)
        )
    }
}

extension DeliveryDetail {
    convenience init(from reader: inout ByteReader) throws(RecordError) {
        let reason = try reader.optionalText()
        let attempt = try reader.optionalAttempt()
        let dueAt = try reader.flag() ? try reader.timestamp() : nil
        let recordIDs = try reader.texts()
        let created = try reader.byte()
        guard created <= 2 else { throw .malformed }
        self.init(
            reason: reason,
            attempt: attempt,
            dueAt: dueAt,
            recordIDs: recordIDs,
            isCreated: created == 0 ? nil : created == 2
        )
    }
}

extension ByteWriter {
    mutating func captured(_ captured: CapturedChoice) {
        unsigned(UInt64(captured.source))
        choice(captured.choice)
        flag(captured.isCompanion)
    }
}

extension ByteReader {
    mutating func slot() throws(RecordError) -> UInt32 {
        guard let slot = UInt32(exactly: try unsigned()) else { throw .malformed }
        return slot
    }

    mutating func captured() throws(RecordError) -> CapturedChoice {
        guard let source = UInt16(exactly: try unsigned()) else { throw .malformed }
        let choice = try choice()
        return CapturedChoice(source: source, choice: choice, isCompanion: try flag())
    }

    mutating func deliveryState() throws(RecordError) -> DeliveryState {
        guard let state = DeliveryState(ordinal: try byte()) else { throw .malformed }
        return state
    }

    mutating func standingChoice() throws(RecordError) -> MergedFields.StandingChoice {
        let captured = try captured()
        let createdAt = try timestamp()
        let isRestrictive = try flag()
        let version = ChoiceVersion(createdAt: createdAt, isRestrictive: isRestrictive, eventID: try text())
        let event = SequenceNumber(try unsigned())
        guard let rule = MergeRule(rawValue: try byte()) else { throw .malformed }
        let end = try byte()
        let endState = end == 0 ? nil : DeliveryState(ordinal: end - 1)
        guard end == 0 || endState != nil else { throw .malformed }
        return MergedFields.StandingChoice(
            captured: captured,
            version: version,
            event: event,
            rule: rule,
            endState: endState,
            endedAt: try timestamp()
        )
    }
}

extension DeliveryState {
    private static let ordinals: [DeliveryState] = [
        .pending, .inFlight, .retrying, .parked, .held, .delivered, .skipped, .superseded, .failed, .cancelled,
    ]

    /// The state's number on disk, never used again for something else.
    fileprivate var ordinal: UInt8 {
        switch self {
        case .pending: 0
        case .inFlight: 1
        case .retrying: 2
        case .parked: 3
        case .held: 4
        case .delivered: 5
        case .skipped: 6
        case .superseded: 7
        case .failed: 8
        case .cancelled: 9
        }
    }

    fileprivate init?(ordinal: UInt8) {
        guard Int(ordinal) < Self.ordinals.count else { return nil }
        self = Self.ordinals[Int(ordinal)]
    }
}
