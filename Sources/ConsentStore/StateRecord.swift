import Consent

/// One part of a state, as a snapshot keeps it; the whole state is these, in the order of their kinds.
enum StateRecord {
    case counters(Counters)
    // Apart, since it is rare and would make every record as large as itself.
    indirect case configuration(ConfigurationPart)
    case subject(SubjectPart)
    case event(SequenceNumber, EventEntry)
    case eventKey(EventKeyTable.Use)
    case creationKey(String, ConsentState.CreationEntry)
    case removals([SequenceNumber])
    case erasure(SubjectHash, ErasureTable.Entry)
    indirect case job(BulkJob)

    struct Counters: Equatable {
        var newest: SequenceNumber
        var lastOrdinal: UInt32
        var forgottenThrough: SequenceNumber
    }

    struct ConfigurationPart {
        var configuration: Configuration
        var condition: ConfigurationCondition
        var conditionChangedBy: SequenceNumber
        var isDeleted: Bool
        var sources: [MappingSource]
        var slotCount: Int
        var freeSlots: [UInt32]
    }

    struct SubjectPart {
        var key: SubjectKey
        /// The person without events, which come later.
        var entry: SubjectEntry
    }

    static let subjectKind: UInt8 = 3
    static let eventKind: UInt8 = 4
    static let eventKeyKind: UInt8 = 5

    var kind: UInt8 {
        switch self {
        case .counters: 1
        case .configuration: 2
        case .subject: Self.subjectKind
        case .event: Self.eventKind
        case .eventKey: Self.eventKeyKind
        case .creationKey: 6
        case .removals: 7
        case .erasure: 8
        case .job: 9
        }
    }
}
