import Consent

@testable import ConsentStore

/// The moment that the tests' clocks start from.
let start = Timestamp(milliseconds: 1_773_480_413_589)

extension Configuration {
    /// Two purposes into two checkboxes.
    static func test(
        _ ordinal: UInt32 = 1,
        name: String? = nil,
        mappings: [Mapping] = [Mapping(field: "News__c", value: "news"), Mapping(field: "Calls__c", value: "calls")],
        regulations: [String] = ["gdpr"],
        isPaused: Bool = false
    ) -> Configuration {
        Configuration(
            id: ConfigurationID(ordinal: ordinal),
            name: name ?? "leads-\(ordinal)",
            origin: "https://acme.my.salesforce.com",
            clientID: "client",
            clientSecret: Secret("secret"),
            recordKind: .lead,
            matchField: "Email",
            mappings: mappings,
            regulations: regulations,
            isPaused: isPaused,
            createdAt: start,
            updatedAt: start
        )
    }
}

extension ConsentEvent {
    /// An event of choices for purposes; `at` is in milliseconds after the start.
    static func test(
        _ id: String?,
        at milliseconds: Int64? = 0,
        subject: String = "ada",
        status: Status = .confirmed,
        regulation: String = ConsentEvent.defaultRegulation,
        _ choices: KeyValuePairs<String, Choice>
    ) -> ConsentEvent {
        ConsentEvent(
            id: id,
            createdAt: milliseconds.map { Timestamp(milliseconds: start.milliseconds + $0) },
            status: status,
            regulation: regulation,
            organizationUserID: subject,
            choices: choices.map { SourceChoice(source: .purpose, id: $0.key, choice: $0.value) }
        )
    }
}

extension ContentDigest {
    /// A digest for tests: equal for events that print alike.
    init(of event: ConsentEvent) {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(event)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        self.init(high: hash, low: ~hash)
    }
}

extension Attempt {
    static func test(_ status: Int = 200) -> Attempt {
        Attempt(at: start, httpStatus: status)
    }
}

/// A state and the records that it is the fold of.
struct Fold {
    var state: ConsentState
    private(set) var records: [Record] = []

    init(_ configurations: Configuration..., limits: StoreLimits = StoreLimits()) throws {
        state = ConsentState(limits: limits)
        for configuration in configurations { try apply(.configurationStored(configuration, key: nil)) }
    }

    @discardableResult
    mutating func apply(_ record: Record) throws -> SequenceNumber {
        let number = SequenceNumber(UInt64(records.count + 1))
        try state.apply(record, at: number)
        records.append(record)
        return number
    }

    /// Takes an event in, one second after the record before.
    @discardableResult
    mutating func publish(
        _ event: ConsentEvent,
        key: String? = nil,
        to configurations: [UInt32]? = nil
    ) throws -> SequenceNumber {
        try apply(
            .event(
                EventRecord(
                    incoming: IncomingEvent(
                        event: event,
                        digest: ContentDigest(of: event),
                        idempotencyKey: key,
                        configurations: configurations?.map { ConfigurationID(ordinal: $0) }
                    ),
                    acceptedAt: moment
                )
            )
        )
    }

    @discardableResult
    mutating func finish(
        _ event: SequenceNumber,
        of configuration: UInt32 = 1,
        _ result: SubjectOutcome.Result
    ) throws -> SequenceNumber {
        let outcome = OutcomeRecord(
            configuration: ConfigurationID(ordinal: configuration),
            events: [event],
            result: result
        )
        return try apply(.outcomes([outcome], at: moment))
    }

    @discardableResult
    mutating func deliver(_ events: SequenceNumber..., of configuration: UInt32 = 1) throws -> SequenceNumber {
        let outcome = OutcomeRecord(
            configuration: ConfigurationID(ordinal: configuration),
            events: events,
            result: .delivered(recordIDs: ["00Q1"], isCreated: false, .test())
        )
        return try apply(.outcomes([outcome], at: moment))
    }

    /// When the next record is made.
    var moment: Timestamp { start + .seconds(records.count + 1) }

    func id(_ event: SequenceNumber, _ configuration: UInt32 = 1) -> DeliveryID {
        DeliveryID(event: event, configuration: ConfigurationID(ordinal: configuration))
    }

    func delivery(_ event: SequenceNumber, _ configuration: UInt32 = 1) throws -> Delivery {
        guard let delivery = state.delivery(id(event, configuration)) else { throw StoreError.deliveryNotFound }
        return delivery
    }

    func write(_ configuration: UInt32 = 1, slot: UInt32 = 0) -> SubjectWrite? {
        let id = ConfigurationID(ordinal: configuration)
        return state.configuration(id)?.write(for: SubjectKey(configuration: id, slot: slot))
    }

    func outboxEntry(_ configuration: UInt32 = 1, slot: UInt32 = 0) -> OutboxEntry? {
        state.outboxEntry(SubjectKey(configuration: ConfigurationID(ordinal: configuration), slot: slot))
    }
}

extension SubjectWrite {
    /// What would be written, by field.
    var values: [String: FieldValue] {
        Dictionary(fields.map { ($0.mapping.field, $0.mapping.fieldValue(for: $0.choice)) }) { _, last in last }
    }
}
