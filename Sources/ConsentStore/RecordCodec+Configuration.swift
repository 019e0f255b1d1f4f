import Consent

extension Configuration {
    func encode(to writer: inout ByteWriter) {
        writer.unsigned(UInt64(id.ordinal))
        writer.text(name)
        writer.text(origin)
        writer.text(clientID)
        writer.secret(clientSecret, of: id)
        writer.text(recordKind.rawValue)
        writer.text(matchField)
        writer.text(onMultipleMatches.rawValue)
        writer.fieldValues(createDefaults)
        writer.flag(allowsDuplicates)
        writer.text(apiVersion)
        writer.count(mappings.count)
        for mapping in mappings { mapping.encode(to: &writer) }
        writer.flag(upsertMode)
        writer.texts(regulations)
        writer.flag(isPaused)
        writer.unsigned(revision)
        writer.timestamp(createdAt)
        writer.timestamp(updatedAt)
    }

    init(from reader: inout ByteReader) throws(RecordError) {
        let id = try reader.configurationID()
        let name = try reader.text()
        let origin = try reader.text()
        let clientID = try reader.text()
        let clientSecret = try reader.secret(of: id)
        let recordKind = try RecordKind(rawValue: reader.text())
        let matchField = try reader.text()
        let onMultipleMatches = try MultipleMatches(rawValue: reader.text())
        guard let recordKind, let onMultipleMatches else { throw .malformed }
        let createDefaults = try reader.fieldValues()
        let allowsDuplicates = try reader.flag()
        let apiVersion = try reader.text()
        var mappings: [Mapping] = []
        for _ in 0..<(try reader.count()) { mappings.append(try Mapping(from: &reader)) }
        self.init(
            id: id,
            name: name,
            origin: origin,
            clientID: clientID,
            clientSecret: clientSecret,
            recordKind: recordKind,
            matchField: matchField,
            onMultipleMatches: onMultipleMatches,
            createDefaults: createDefaults,
            allowsDuplicates: allowsDuplicates,
            apiVersion: apiVersion,
            mappings: mappings,
            upsertMode: try reader.flag(),
            regulations: try reader.texts(),
            isPaused: try reader.flag(),
            revision: try reader.unsigned(),
            createdAt: try reader.timestamp(),
            updatedAt: try reader.timestamp()
        )
    }
}

extension Mapping {
    func encode(to writer: inout ByteWriter) {
        writer.text(field)
        writer.text(value)
        writer.text(type.rawValue)
        writer.flag(isInverted)
        writer.fieldValues(values)
        writer.optionalText(preference)
    }

    init(from reader: inout ByteReader) throws(RecordError) {
        let field = try reader.text()
        let value = try reader.text()
        guard let type = MappingType(rawValue: try reader.text()) else { throw .malformed }
        self.init(
            field: field,
            value: value,
            type: type,
            isInverted: try reader.flag(),
            values: try reader.fieldValues(),
            preference: try reader.optionalText()
        )
    }
}

extension ConfigurationCondition {
    func encode(to writer: inout ByteWriter) {
        switch self {
        case .running: writer.byte(0)
        case .held(let reason, let message, let probeAt, let attempt):
            writer.byte(1)
            writer.text(reason)
            writer.text(message)
            writer.timestamp(probeAt)
            writer.optionalAttempt(attempt)
        case .waiting(let reason, let message, let until, let attempt):
            writer.byte(2)
            writer.text(reason)
            writer.text(message)
            writer.timestamp(until)
            writer.optionalAttempt(attempt)
        }
    }

    init(from reader: inout ByteReader) throws(RecordError) {
        let kind = try reader.byte()
        guard kind != 0 else {
            self = .running
            return
        }
        let reason = try reader.text()
        let message = try reader.text()
        let moment = try reader.timestamp()
        let attempt = try reader.optionalAttempt()
        switch kind {
        case 1: self = .held(reason: reason, message: message, probeAt: moment, attempt)
        case 2: self = .waiting(reason: reason, message: message, until: moment, attempt)
        default: throw .malformed
        }
    }
}

extension OutcomeRecord {
    func encode(to writer: inout ByteWriter) {
        writer.unsigned(UInt64(configuration.ordinal))
        writer.count(events.count)
        for event in events { writer.unsigned(event.rawValue) }
        switch result {
        case .delivered(let recordIDs, let isCreated, let attempt):
            writer.byte(1)
            writer.texts(recordIDs)
            writer.flag(isCreated)
            writer.attempt(attempt)
        case .skipped(let reason, let attempt):
            writer.byte(2)
            writer.text(reason)
            writer.attempt(attempt)
        case .failed(let reason, let attempt):
            writer.byte(3)
            writer.text(reason)
            writer.attempt(attempt)
        case .retrying(let reason, let attempts, let dueAt, let attempt):
            writer.byte(4)
            writer.scheduled(reason, attempts, dueAt, attempt)
        case .parked(let reason, let attempts, let dueAt, let attempt):
            writer.byte(5)
            writer.scheduled(reason, attempts, dueAt, attempt)
        case .released: writer.byte(6)
        }
    }

    init(from reader: inout ByteReader) throws(RecordError) {
        configuration = try reader.configurationID()
        events = []
        for _ in 0..<(try reader.count()) { events.append(SequenceNumber(try reader.unsigned())) }
        switch try reader.byte() {
        case 1:
            let recordIDs = try reader.texts()
            let isCreated = try reader.flag()
            result = .delivered(recordIDs: recordIDs, isCreated: isCreated, try reader.attempt())
        case 2:
            let reason = try reader.text()
            result = .skipped(reason: reason, try reader.attempt())
        case 3:
            let reason = try reader.text()
            result = .failed(reason: reason, try reader.attempt())
        case 4:
            let (reason, attempts, dueAt) = try reader.schedule()
            result = .retrying(reason: reason, attempts: attempts, dueAt: dueAt, try reader.attempt())
        case 5:
            let (reason, attempts, dueAt) = try reader.schedule()
            result = .parked(reason: reason, attempts: attempts, dueAt: dueAt, try reader.attempt())
        case 6: result = .released
        default: throw .malformed
        }
    }
}

extension ByteWriter {
    fileprivate mutating func scheduled(_ reason: String, _ attempts: Int, _ dueAt: Timestamp, _ attempt: Attempt) {
        text(reason)
        count(attempts)
        timestamp(dueAt)
        self.attempt(attempt)
    }

    mutating func optionalAttempt(_ value: Attempt?) {
        flag(value != nil)
        if let value { attempt(value) }
    }

    mutating func attempt(_ value: Attempt) {
        timestamp(value.at)
        count(value.httpStatus ?? 0)
        optionalText(value.errorCode)
        optionalText(value.message)
        texts(value.fields)
        optionalText(value.requestID)
    }
}

extension ByteReader {
    fileprivate mutating func schedule() throws(RecordError) -> (String, Int, Timestamp) {
        let reason = try text()
        let attempts = try small()
        return (reason, attempts, try timestamp())
    }

    mutating func optionalAttempt() throws(RecordError) -> Attempt? {
        try flag() ? try attempt() : nil
    }

    mutating func attempt() throws(RecordError) -> Attempt {
        let at = try timestamp()
        let status = try small()
        return Attempt(
            at: at,
            httpStatus: status == 0 ? nil : status,
            errorCode: try optionalText(),
            message: try optionalText(),
            fields: try texts(),
            requestID: try optionalText()
        )
    }
}
