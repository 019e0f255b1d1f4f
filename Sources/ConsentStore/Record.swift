import Consent

/// One change of the state, as the journal keeps it.
///
/// The state is the fold of these, in order.
enum Record: Equatable {
    case event(EventRecord)
    // Apart what is rare, for it would make every record as large as itself.
    indirect case configurationStored(Configuration, key: CreationKey?)
    case configurationDeleted(ConfigurationID, at: Timestamp)
    indirect case condition(ConfigurationCondition, of: ConfigurationID, at: Timestamp)
    case outcomes([OutcomeRecord], at: Timestamp)
    case retried([DeliveryID], at: Timestamp)
    case cancelled(DeliveryID, at: Timestamp)
    indirect case subjectErased(ErasureRecord)
    /// No byte of anyone who was erased up to this record is on the disk any more.
    case erasuresCompleted(through: SequenceNumber, at: Timestamp)
    /// Records are about to be created for the people of these deliveries.
    case creating([DeliveryID], at: Timestamp)
    /// A job holds these rows and is about to be given its data.
    indirect case jobOpened(BulkJob, at: Timestamp)
    case jobEnded(String, of: ConfigurationID, at: Timestamp)
}

/// A person's erasure, without the person.
struct ErasureRecord: Equatable {
    var subject: SubjectHash
    /// Where the person was kept.
    var keys: [SubjectKey]
    /// Events whose keys have to go although the person does not know them any more.
    var keyedEvents: [SequenceNumber] = []
    var at: Timestamp
}

/// The key that a caller created a configuration under.
struct CreationKey: Hashable {
    var text: String
    var digest: ContentDigest
}

/// An accepted event.
struct EventRecord: Equatable {
    let incoming: IncomingEvent
    let acceptedAt: Timestamp

    var event: ConsentEvent { incoming.event }
}

/// What became of one write of one person.
struct OutcomeRecord: Equatable {
    var configuration: ConfigurationID
    /// The events that the write held and that were still undelivered; where it was confirmed, those too that had ended
    /// meanwhile without a write.
    var events: [SequenceNumber]
    var result: SubjectOutcome.Result
}

/// A digest of an event's content by value, equal for every spelling of the same content.
package struct ContentDigest: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
