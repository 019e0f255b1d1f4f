import Consent

/// Reads a journal's records for people: names and values, with what is personal marked and secrets left out.
package struct RecordDump {
    private var state = ConsentState(limits: StoreLimits())

    /// Starts at the beginning of a history.
    package init() {}

    /// One record.
    package struct Line {
        /// What it is.
        package var type: String
        /// The event's id, for an acknowledged event.
        package var eventID: String?
        /// What it says, in order.
        package var members: [(name: String, value: Value)]
    }

    /// What a record says in one place.
    package enum Value {
        case text(String)
        case number(Int64)
        case list([String])
        /// To be shown only to who asks for it.
        case personal(String)
    }

    /// Describes a record of the log.
    package func log(_ number: UInt64, kind: UInt8, body: [UInt8]) throws -> Line {
        switch try Record(kind: kind, body: body) {
        case .event(let record):
            let id = record.event.id ?? ConsentState.generatedID(SequenceNumber(number))
            return Line(
                type: "event",
                eventID: id,
                members: [
                    ("event_id", .text(id)),
                    ("accepted_at_ms", .number(record.acceptedAt.milliseconds)),
                    ("organization_user_id", .personal(record.event.organizationUserID)),
                    ("choices", .personal(record.event.choices.map(\.id).joined(separator: " "))),
                ]
            )
        case .configurationStored(let configuration, _):
            return Line(
                type: "configuration_stored",
                members: [("configuration_id", .text("\(configuration.id)")), ("client_secret", .text("***"))]
            )
        case .configurationDeleted(let id, let at): return Self.line("configuration_deleted", at, [], id)
        case .condition(_, let id, let at): return Self.line("configuration_condition", at, [], id)
        case .outcomes(let outcomes, let at):
            return Self.line("outcomes", at, outcomes.flatMap { $0.events.map { "\($0.rawValue)" } })
        case .retried(let ids, let at): return Self.line("retried", at, ids.map(Self.text))
        case .cancelled(let id, let at): return Self.line("cancelled", at, [Self.text(id)])
        case .subjectErased(let record): return Self.line("subject_erased", record.at, [])
        case .erasuresCompleted(let through, let at):
            return Self.line("erasures_completed", at, ["\(through.rawValue)"])
        case .creating(let ids, let at): return Self.line("creating", at, ids.map(Self.text))
        case .jobOpened(let job, let at):
            return Self.line("job_opened", at, job.rows.map { "\($0.through.rawValue)" }, job.configuration)
        case .jobEnded(_, let id, let at): return Self.line("job_ended", at, [], id)
        }
    }

    /// Whose event it is; nothing where no configuration took it.
    private func person(of entry: EventEntry) -> String {
        guard let delivery = entry.deliveries.first,
            let index = state.configurationIndexes[delivery.configuration]
        else { return "" }
        return state.configurations[index].subjects[Int(delivery.slot)].organizationUserID
    }

    /// Describes a record of the snapshot; all must be passed in their order.
    package mutating func snapshot(kind: UInt8, body: [UInt8]) throws -> Line {
        let record = try StateRecord(kind: kind, body: body)
        try state.restore(record)
        switch record {
        case .event(let number, let entry):
            return Line(
                type: "snapshot_event",
                eventID: entry.id,
                members: [
                    ("seq", .number(Int64(clamping: number.rawValue))),
                    ("event_id", .text(entry.id)),
                    ("accepted_at_ms", .number(entry.acceptedAt.milliseconds)),
                    ("organization_user_id", .personal(person(of: entry))),
                ]
            )
        case .subject(let part):
            return Line(
                type: "snapshot_subject",
                members: [("organization_user_id", .personal(part.entry.organizationUserID))]
            )
        case .configuration(let part):
            return Line(
                type: "snapshot_configuration",
                members: [
                    ("configuration_id", .text("\(part.configuration.id)")), ("client_secret", .text("***")),
                ]
            )
        case .counters: return Line(type: "snapshot_counters", members: [])
        case .eventKey: return Line(type: "snapshot_event_key", members: [])
        case .creationKey: return Line(type: "snapshot_creation_key", members: [])
        case .removals: return Line(type: "snapshot_removals", members: [])
        case .erasure: return Line(type: "snapshot_erasure", members: [])
        case .job: return Line(type: "snapshot_job", members: [])
        }
    }

    private static func line(_ type: String, _ at: Timestamp, _ of: [String], _ id: ConfigurationID? = nil) -> Line {
        var members: [(name: String, value: Value)] = [("at_ms", .number(at.milliseconds))]
        if let id { members.append(("configuration_id", .text("\(id)"))) }
        if !of.isEmpty { members.append(("of", .list(of))) }
        return Line(type: type, members: members)
    }

    private static func text(_ id: DeliveryID) -> String {
        "\(id.event.rawValue)/\(id.configuration)"
    }
}
