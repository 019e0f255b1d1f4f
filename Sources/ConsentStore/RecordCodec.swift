import Consent

import struct Journal.JournalKeys

extension Record {
    /// The record's kind in the journal; numbers are never used again for something else.
    var kind: UInt8 {
        switch self {
        case .event: 1
        case .configurationStored: 2
        case .configurationDeleted: 3
        case .condition: 4
        case .outcomes: 5
        case .retried: 6
        case .cancelled: 7
        case .subjectErased: 8
        case .erasuresCompleted: 9
        case .creating: 10
        case .jobOpened: 11
        case .jobEnded: 12
        }
    }

    /// Whether it has to be written down also when there is hardly any room left.
    var isEssential: Bool {
        switch self {
        // A backlog can as well be written without a job.
        case .event, .configurationStored, .jobOpened: false
        case .configurationDeleted, .condition, .outcomes, .retried, .cancelled, .subjectErased, .erasuresCompleted,
            .creating, .jobEnded:
            true
        }
    }

    /// Appends the record's body.
    func encode(to writer: inout ByteWriter) {
        switch self {
        case .event(let record): record.encode(to: &writer)
        case .configurationStored(let configuration, let key):
            configuration.encode(to: &writer)
            writer.flag(key != nil)
            if let key {
                writer.text(key.text)
                writer.fixed(key.digest.high)
                writer.fixed(key.digest.low)
            }
        case .configurationDeleted(let id, let at):
            writer.unsigned(UInt64(id.ordinal))
            writer.timestamp(at)
        case .condition(let condition, let id, let at):
            writer.unsigned(UInt64(id.ordinal))
            writer.timestamp(at)
            condition.encode(to: &writer)
        case .outcomes(let outcomes, let at):
            writer.timestamp(at)
            writer.count(outcomes.count)
            for outcome in outcomes { outcome.encode(to: &writer) }
        case .retried(let ids, let at), .creating(let ids, let at):
            writer.timestamp(at)
            writer.count(ids.count)
            for id in ids { writer.deliveryID(id) }
        case .cancelled(let id, let at):
            writer.timestamp(at)
            writer.deliveryID(id)
        case .subjectErased(let record): record.encode(to: &writer)
        case .erasuresCompleted(let through, let at):
            writer.unsigned(through.rawValue)
            writer.timestamp(at)
        case .jobOpened(let job, let at):
            writer.timestamp(at)
            job.encode(to: &writer)
        case .jobEnded(let job, let id, let at):
            writer.timestamp(at)
            writer.unsigned(UInt64(id.ordinal))
            writer.text(job)
        }
    }

    /// Reads a record's body; without the journal's keys a client secret is read as empty.
    init(kind: UInt8, body: [UInt8], keys: JournalKeys? = nil) throws(RecordError) {
        var reader = ByteReader(body, keys: keys)
        try self.init(kind: kind, from: &reader)
    }

    /// Reads a record's body, which is all that the reader has.
    init(kind: UInt8, from reader: inout ByteReader) throws(RecordError) {
        switch kind {
        case 1: self = .event(try EventRecord(from: &reader))
        case 2:
            let configuration = try Configuration(from: &reader)
            var key: CreationKey?
            if try reader.flag() {
                let text = try reader.text()
                key = CreationKey(
                    text: text,
                    digest: ContentDigest(high: try reader.fixed(), low: try reader.fixed())
                )
            }
            self = .configurationStored(configuration, key: key)
        case 3: self = .configurationDeleted(try reader.configurationID(), at: try reader.timestamp())
        case 4:
            let id = try reader.configurationID()
            let at = try reader.timestamp()
            self = .condition(try ConfigurationCondition(from: &reader), of: id, at: at)
        case 5:
            let at = try reader.timestamp()
            var outcomes: [OutcomeRecord] = []
            for _ in 0..<(try reader.count()) { outcomes.append(try OutcomeRecord(from: &reader)) }
            self = .outcomes(outcomes, at: at)
        case 6, 10:
            let at = try reader.timestamp()
            var ids: [DeliveryID] = []
            for _ in 0..<(try reader.count()) { ids.append(try reader.deliveryID()) }
            self = kind == 6 ? .retried(ids, at: at) : .creating(ids, at: at)
        case 7:
            let at = try reader.timestamp()
            self = .cancelled(try reader.deliveryID(), at: at)
        case 8: self = .subjectErased(try ErasureRecord(from: &reader))
        case 9:
            let through = SequenceNumber(try reader.unsigned())
            self = .erasuresCompleted(through: through, at: try reader.timestamp())
        case 11:
            let at = try reader.timestamp()
            self = .jobOpened(try BulkJob(from: &reader), at: at)
        case 12:
            let at = try reader.timestamp()
            let id = try reader.configurationID()
            self = .jobEnded(try reader.text(), of: id, at: at)
        default: throw .unknownKind(kind)
        }
        guard reader.isAtEnd else { throw .malformed }
    }
}

extension ByteWriter {
    mutating func timestamp(_ value: Timestamp) {
        signed(value.milliseconds)
    }

    mutating func deliveryID(_ id: DeliveryID) {
        unsigned(id.event.rawValue)
        unsigned(UInt64(id.configuration.ordinal))
    }

    mutating func choice(_ choice: Choice) {
        switch choice {
        case .denied: byte(0)
        case .granted: byte(1)
        case .cleared: byte(2)
        case .text(let text):
            byte(3)
            self.text(text)
        case .list(let list):
            byte(4)
            texts(list)
        }
    }

    mutating func fieldValue(_ value: FieldValue) {
        switch value {
        case .null: byte(0)
        case .bool(let flag): byte(flag ? 2 : 1)
        case .string(let text):
            byte(3)
            self.text(text)
        case .number(let text):
            byte(4)
            self.text(text)
        }
    }

    /// Members in the order of their names, so that equal values have equal bytes.
    mutating func fieldValues(_ values: [String: FieldValue]) {
        count(values.count)
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            text(name)
            fieldValue(value)
        }
    }
}

extension ByteReader {
    mutating func timestamp() throws(RecordError) -> Timestamp {
        Timestamp(milliseconds: try signed())
    }

    mutating func configurationID() throws(RecordError) -> ConfigurationID {
        guard let ordinal = UInt32(exactly: try unsigned()) else { throw .malformed }
        return ConfigurationID(ordinal: ordinal)
    }

    mutating func deliveryID() throws(RecordError) -> DeliveryID {
        let event = SequenceNumber(try unsigned())
        return DeliveryID(event: event, configuration: try configurationID())
    }

    mutating func choice() throws(RecordError) -> Choice {
        switch try byte() {
        case 0: .denied
        case 1: .granted
        case 2: .cleared
        case 3: .text(try text())
        case 4: .list(try texts())
        default: throw .malformed
        }
    }

    mutating func fieldValue() throws(RecordError) -> FieldValue {
        switch try byte() {
        case 0: .null
        case 1: .bool(false)
        case 2: .bool(true)
        case 3: .string(try text())
        case 4: .number(try text())
        default: throw .malformed
        }
    }

    mutating func fieldValues() throws(RecordError) -> [String: FieldValue] {
        var values: [String: FieldValue] = [:]
        for _ in 0..<(try count()) {
            let name = try text()
            values[name] = try fieldValue()
        }
        return values
    }

    mutating func small() throws(RecordError) -> Int {
        guard let value = Int(exactly: try unsigned()) else { throw .malformed }
        return value
    }
}

extension EventRecord {
    func encode(to writer: inout ByteWriter) {
        writer.timestamp(acceptedAt)
        let event = incoming.event
        writer.fixed(incoming.digest.high)
        writer.fixed(incoming.digest.low)
        writer.optionalText(incoming.idempotencyKey)
        writer.count(incoming.configurations.map { $0.count + 1 } ?? 0)
        for id in incoming.configurations ?? [] { writer.unsigned(UInt64(id.ordinal)) }
        writer.optionalText(event.id)
        writer.flag(event.createdAt != nil)
        if let createdAt = event.createdAt { writer.timestamp(createdAt) }
        writer.flag(event.status == .pendingApproval)
        writer.text(event.regulation)
        writer.text(event.organizationUserID)
        writer.count(event.choices.count)
        for choice in event.choices {
            writer.byte(choice.source.rawValue)
            writer.text(choice.id)
            writer.choice(choice.choice)
        }
        writer.count(event.details.count)
        for detail in event.details {
            writer.text(detail.name.rawValue)
            writer.text(detail.text)
        }
    }

    init(from reader: inout ByteReader) throws(RecordError) {
        acceptedAt = try reader.timestamp()
        let digest = ContentDigest(high: try reader.fixed(), low: try reader.fixed())
        let idempotencyKey = try reader.optionalText()
        var configurations: [ConfigurationID]?
        let named = try reader.count()
        if named > 0 {
            var ids: [ConfigurationID] = []
            for _ in 1..<named { ids.append(try reader.configurationID()) }
            configurations = ids
        }
        let id = try reader.optionalText()
        let createdAt = try reader.flag() ? try reader.timestamp() : nil
        var event = ConsentEvent(
            id: id,
            createdAt: createdAt,
            status: try reader.flag() ? .pendingApproval : .confirmed,
            regulation: try reader.text(),
            organizationUserID: try reader.text(),
            choices: []
        )
        let choices = try reader.count()
        event.choices.reserveCapacity(choices)
        for _ in 0..<choices {
            guard let source = SourceChoice.Source(rawValue: try reader.byte()) else { throw .malformed }
            let id = try reader.text()
            event.choices.append(SourceChoice(source: source, id: id, choice: try reader.choice()))
        }
        for _ in 0..<(try reader.count()) {
            let name = EventDetail.Name(rawValue: try reader.text())
            let text = try reader.text()
            if let name { event.details.append(EventDetail(name: name, text: text)) }
        }
        incoming = IncomingEvent(
            event: consume event,
            digest: digest,
            idempotencyKey: idempotencyKey,
            configurations: configurations
        )
    }
}
