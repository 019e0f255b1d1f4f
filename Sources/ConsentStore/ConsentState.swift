import Consent
import DequeModule

/// Everything the daemon knows: the fold of the journal.
///
/// Pure, with the time in the records.
///
/// Nothing here happens before the record is durable; reads see whole records only.
struct ConsentState {
    let limits: StoreLimits
    // In milliseconds, which every event asks for: a duration would be divided each time.
    let keyLifetimeMilliseconds: Int64
    let terminalEventLifetimeMilliseconds: Int64
    /// In the order they were created; deleted ones stay as long as a delivery in memory names them.
    var configurations: [ConfigurationEntry] = []
    var configurationIndexes: [ConfigurationID: Int] = [:]
    /// Whether a deleted one is still among them.
    var hasDeletedConfigurations = false
    /// Names of configurations that are not deleted.
    var configurationNames: [String: ConfigurationID] = [:]
    /// The last number that a configuration was given.
    var lastOrdinal: UInt32 = 0
    /// Idempotency keys of `createConfiguration`.
    var creationKeys: [HashedText: CreationEntry] = [:]
    var creationKeyOrder = Deque<HashedText>()
    var events = SequenceTable<EventEntry>()
    /// Events in memory, oldest first; some may have been forgotten already.
    var eventOrder = Deque<SequenceNumber>()
    /// Lists of choices that many events have in common.
    var sharedChoices = SharedChoices()
    var eventKeys = EventKeyTable()
    /// Events whose deliveries are all terminal, in the order they became so.
    var removalQueue = ChunkedQueue<SequenceNumber>()
    /// The newest event that was forgotten because there were too many or it was too old.
    var forgottenThrough = SequenceNumber(0)
    var openCount = 0
    /// Jobs in the orgs that are not over, as far as anyone knows.
    var jobs: [BulkJob] = []
    var erasures = ErasureTable()
    /// The newest record that was applied.
    var newest = SequenceNumber(0)
    /// What the applied records mean for others; taken by the store after each commit.
    var effects = Effects()

    init(limits: StoreLimits) {
        self.limits = limits
        keyLifetimeMilliseconds = limits.keyLifetime.wholeMilliseconds
        terminalEventLifetimeMilliseconds = limits.terminalEventLifetime.wholeMilliseconds
    }

    /// What a creation's key was used for.
    struct CreationEntry {
        var configuration: ConfigurationID
        var digest: ContentDigest
        var createdAt: Timestamp
    }

    /// Who has to look at what, since the last time it was taken.
    struct Effects {
        var outbox: [Outbox] = []
        var changedEvents: [SequenceNumber] = []

        mutating func removeAll() {
            outbox.removeAll(keepingCapacity: true)
            changedEvents.removeAll(keepingCapacity: true)
        }

        enum Outbox {
            case subject(SubjectKey)
            case configuration(ConfigurationID)
            /// Everything undelivered of a configuration that runs again.
            case allSubjects(ConfigurationID)
            /// A job left behind by an earlier process.
            case job(String, of: ConfigurationID)
        }
    }

    mutating func apply(_ record: Record, at sequenceNumber: SequenceNumber) throws(RecordError) {
        newest = sequenceNumber
        switch record {
        case .event(let record):
            apply(record, at: sequenceNumber)
            return
        case .configurationStored(let configuration, let key):
            apply(configuration, key: key, at: sequenceNumber)
        case .configurationDeleted(let id, let at): try delete(id, at: at, by: sequenceNumber)
        case .condition(let condition, let id, _): try apply(condition, of: id, at: sequenceNumber)
        case .outcomes(let outcomes, let at):
            for outcome in outcomes { try apply(outcome, at: at, by: sequenceNumber) }
        case .retried(let ids, let at): for id in ids { retry(id, at: at, by: sequenceNumber) }
        case .creating(let ids, let at): for id in ids { noteCreation(id, at: at) }
        case .jobOpened(let job, _):
            // Nobody can ask for the job of a configuration that was deleted.
            if configuration(job.configuration) != nil { jobs.append(job) }
        case .jobEnded(let job, let id, _): jobs.removeAll { $0.id == job && $0.configuration == id }
        case .cancelled(let id, let at):
            finish(id, as: .cancelled, detail: nil, at: at, by: sequenceNumber)
        case .subjectErased(let record): try apply(record, at: sequenceNumber)
        case .erasuresCompleted(let through, let at): erasures.complete(through: through, at: at)
        }
        dropDeletedConfigurations()
    }

    func index(of id: ConfigurationID) throws(RecordError) -> Int {
        guard let index = configurationIndexes[id] else { throw .inconsistent }
        return index
    }

    /// The configuration unless it was deleted.
    func configuration(_ id: ConfigurationID) -> ConfigurationEntry? {
        guard let index = configurationIndexes[id], !configurations[index].isDeleted else { return nil }
        return configurations[index]
    }
}
