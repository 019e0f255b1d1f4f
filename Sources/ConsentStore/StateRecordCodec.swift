import Consent

import struct Journal.JournalKeys

extension StateRecord {
    /// Appends the record's body.
    func encode(to writer: inout ByteWriter) {
        switch self {
        case .counters(let counters):
            writer.unsigned(counters.newest.rawValue)
            writer.unsigned(UInt64(counters.lastOrdinal))
            writer.unsigned(counters.forgottenThrough.rawValue)
        case .configuration(let part): part.encode(to: &writer)
        case .subject(let part): part.encode(to: &writer)
        case .event(let number, let entry):
            writer.unsigned(number.rawValue)
            entry.encode(to: &writer)
        case .eventKey(let use): use.encode(to: &writer)
        case .creationKey(let key, let entry):
            writer.text(key)
            writer.unsigned(UInt64(entry.configuration.ordinal))
            writer.digest(entry.digest)
            writer.timestamp(entry.createdAt)
        case .removals(let events):
            writer.count(events.count)
            for event in events { writer.unsigned(event.rawValue) }
        case .erasure(let subject, let entry):
            writer.fixed(subject.high)
            writer.fixed(subject.low)
            writer.unsigned(entry.event.rawValue)
            writer.timestamp(entry.erasedAt)
            writer.count(entry.deliveryCount)
            writer.flag(entry.completedAt != nil)
            if let completedAt = entry.completedAt { writer.timestamp(completedAt) }
        case .job(let job): job.encode(to: &writer)
        }
    }

    /// Reads a record's body.
    init(kind: UInt8, body: [UInt8], keys: JournalKeys? = nil) throws(RecordError) {
        var reader = ByteReader(body, keys: keys)
        try self.init(kind: kind, from: &reader)
    }

    /// Reads a record's body, which is all that the reader has.
    init(kind: UInt8, from reader: inout ByteReader) throws(RecordError) {
        switch kind {
        case 1:
            let newest = SequenceNumber(try reader.unsigned())
            let lastOrdinal = try reader.configurationID().ordinal
            let forgottenThrough = SequenceNumber(try reader.unsigned())
            self = .counters(
                Counters(newest: newest, lastOrdinal: lastOrdinal, forgottenThrough: forgottenThrough)
            )
        case 2: self = .configuration(try ConfigurationPart(from: &reader))
        case Self.subjectKind: self = .subject(try SubjectPart(from: &reader))
        case Self.eventKind:
            let number = SequenceNumber(try reader.unsigned())
            self = .event(number, try EventEntry(from: &reader))
        case Self.eventKeyKind: self = .eventKey(try EventKeyTable.Use(from: &reader))
        case 6:
            let key = try reader.text()
            let configuration = try reader.configurationID()
            let digest = try reader.digest()
            let createdAt = try reader.timestamp()
            self = .creationKey(
                key,
                ConsentState.CreationEntry(configuration: configuration, digest: digest, createdAt: createdAt)
            )
        case 7:
            var events: [SequenceNumber] = []
            for _ in 0..<(try reader.count()) { events.append(SequenceNumber(try reader.unsigned())) }
            self = .removals(events)
        case 8:
            let subject = SubjectHash(high: try reader.fixed(), low: try reader.fixed())
            var entry = ErasureTable.Entry(
                event: SequenceNumber(try reader.unsigned()),
                erasedAt: try reader.timestamp(),
                deliveryCount: try reader.small()
            )
            if try reader.flag() { entry.completedAt = try reader.timestamp() }
            self = .erasure(subject, entry)
        case 9: self = .job(try BulkJob(from: &reader))
        default: throw .unknownKind(kind)
        }
        guard reader.isAtEnd else { throw .malformed }
    }
}

extension ByteWriter {
    mutating func digest(_ digest: ContentDigest) {
        fixed(digest.high)
        fixed(digest.low)
    }
}

extension ByteReader {
    mutating func digest() throws(RecordError) -> ContentDigest {
        ContentDigest(high: try fixed(), low: try fixed())
    }
}
