import Consent

/// One part of a state, as a snapshot keeps it; the whole state is these, in the order of their kinds.
enum StateRecord {
    case counters(Counters)
    case configuration(ConfigurationPart)
    case subject(SubjectPart)
    case event(SequenceNumber, EventEntry)
    case eventKey(EventKey, ConsentState.KeyEntry, acceptedAt: Timestamp)
    case creationKey(String, ConsentState.CreationEntry)
    case removals([SequenceNumber])
    case erasure(SubjectHash, ErasureTable.Entry)
    case job(BulkJob)

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
        var organizationUserID: String
        var standing: [MergedFields.StandingChoice]
        var progress: SubjectEntry.Progress
        var recordIDs: [String]
    }

    var kind: UInt8 {
        switch self {
        case .counters: 1
        case .configuration: 2
        case .subject: 3
        case .event: 4
        case .eventKey: 5
        case .creationKey: 6
        case .removals: 7
        case .erasure: 8
        case .job: 9
        }
    }
}
