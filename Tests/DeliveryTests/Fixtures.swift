import Consent
import Delivery

extension Configuration {
    static func test(
        _ ordinal: UInt32 = 1,
        origin: String = "https://acme.my.salesforce.com",
        clientID: String = "client",
        recordKind: RecordKind = .lead,
        onMultipleMatches: MultipleMatches = .updateAll,
        upsertMode: Bool = false
    ) -> Configuration {
        Configuration(
            id: ConfigurationID(ordinal: ordinal),
            name: "test",
            origin: origin,
            clientID: clientID,
            clientSecret: Secret("secret"),
            recordKind: recordKind,
            matchField: "Email",
            onMultipleMatches: onMultipleMatches,
            mappings: [],
            upsertMode: upsertMode,
            createdAt: Timestamp(milliseconds: 0),
            updatedAt: Timestamp(milliseconds: 0)
        )
    }
}

extension PlanDriver {
    /// People named after their slots.
    static func people(_ slots: Range<UInt32>, isWithdrawal: Bool = false) -> [Person] {
        slots.map { Person(slot: $0, name: "p\($0)", isWithdrawal: isWithdrawal) }
    }

    mutating func addRecords(for slots: Range<UInt32>) {
        for slot in slots { org.add("p\(slot)") }
    }

    func deliveredCount(of configuration: Configuration) -> Int {
        outcomes.count { key, told in
            guard key.configuration == configuration.id, case .delivered = told.last?.result else { return false }
            return true
        }
    }
}

extension SubjectOutcome.Result {
    var isDelivered: Bool { if case .delivered = self { true } else { false } }

    var isParked: Bool { if case .parked = self { true } else { false } }

    /// The reason of a failed outcome.
    var failedReason: String? { if case .failed(let reason, _) = self { reason } else { nil } }

    /// The reason of a skipped outcome.
    var skippedReason: String? { if case .skipped(let reason, _) = self { reason } else { nil } }
}
