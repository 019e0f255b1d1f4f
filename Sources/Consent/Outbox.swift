/// What the delivery side needs of the store: who has something undelivered, what it is, and where to report.
///
/// The store is the queue: nothing here is lost with the process, and every change reported is journaled.
package protocol Outbox: Sendable {
    /// Waits for changes and takes them, oldest first, several to one subject made one; nil when the service stops.
    ///
    /// The first calls after a start report every running configuration and every undelivered subject. One caller only.
    func nextChanges() async -> [OutboxChange]?

    /// The configuration as it is now; nil when it was deleted.
    func status(of configuration: ConfigurationID) async -> ConfigurationStatus?

    /// Takes what is to be written for these subjects and marks it in flight; a subject with nothing left is left out.
    func take(_ subjects: [SubjectKey]) async -> [SubjectWrite]

    /// Writes down that records are about to be created for these subjects, which are in flight; durable when this returns.
    ///
    /// Should the process end before their outcomes are recorded, the next one is told, since the records may exist by then.
    /// - Throws: as `record(_:)` does; nothing may be created then.
    func recordCreations(for subjects: [SubjectKey]) async throws

    /// Writes down that a job holds these rows, whose subjects are in flight; durable when this returns.
    ///
    /// Until `recordEnd(of:)` every next process is told of it by `nextChanges()`, and its rows are in flight there too.
    /// - Throws: as `record(_:)` does; nothing may be uploaded then.
    func record(_ job: BulkJob) async throws

    /// Writes down that a job's outcomes are recorded; to be called after they are.
    /// - Throws: as `record(_:)` does.
    func recordEnd(of job: String, of configuration: ConfigurationID) async throws

    /// Writes the outcomes down; they are durable when this returns.
    ///
    /// Events of the subject accepted after `through` stay pending and are reported by `nextChanges()` again.
    /// - Throws: when the journal is full or failed; nothing was recorded then and the subjects are still in flight.
    func record(_ outcomes: [SubjectOutcome]) async throws

    /// Holds a configuration, lets its org wait, or lets it run again; durable when this returns.
    func record(_ condition: ConfigurationCondition, of configuration: ConfigurationID) async throws
}

/// One person in one configuration.
package struct SubjectKey: Hashable, Sendable {
    package var configuration: ConfigurationID
    /// The store's own number of the person in that configuration, stable while the process lives.
    package var slot: UInt32

    package init(configuration: ConfigurationID, slot: UInt32) {
        self.configuration = configuration
        self.slot = slot
    }
}

/// Something that the delivery side has to look at.
package enum OutboxChange: Hashable, Sendable {
    /// A subject has something undelivered; sent again whenever more comes or when it is to be retried at once.
    case ready(OutboxEntry)
    /// A subject has nothing undelivered any more, without a write (cancelled, superseded).
    case gone(SubjectKey)
    /// A configuration was created, changed, paused, resumed or deleted: ask `status(of:)`.
    case configuration(ConfigurationID)
    /// A job that an earlier process left behind, with what its rows write; told once, before any subject.
    case job(BulkJob, [SubjectWrite])
}

/// A subject that waits to be written.
package struct OutboxEntry: Hashable, Sendable {
    package var key: SubjectKey
    /// Whether anything of it is denied or cleared, which goes out first.
    package var isWithdrawal: Bool
    /// When its oldest undelivered event was accepted.
    package var acceptedAt: Timestamp
    /// Attempts already spent on what is undelivered.
    package var attempts: Int
    /// Not before this moment; nil means at once.
    package var dueAt: Timestamp?
    /// Whether the first retries are behind it.
    package var isParked: Bool
    /// When a record was last about to be created for it, unless nothing of that is undelivered any more.
    package var creationStartedAt: Timestamp?

    package init(
        key: SubjectKey,
        isWithdrawal: Bool,
        acceptedAt: Timestamp,
        attempts: Int = 0,
        dueAt: Timestamp? = nil,
        isParked: Bool = false,
        creationStartedAt: Timestamp? = nil
    ) {
        self.key = key
        self.isWithdrawal = isWithdrawal
        self.acceptedAt = acceptedAt
        self.attempts = attempts
        self.dueAt = dueAt
        self.isParked = isParked
        self.creationStartedAt = creationStartedAt
    }
}

/// Everything undelivered of one person, made one write.
package struct SubjectWrite: Hashable, Sendable {
    package var key: SubjectKey
    package var organizationUserID: String
    package var fields: [FieldChoice]
    package var isWithdrawal: Bool
    /// The newest event that is part of the write.
    package var through: SequenceNumber
    package var attempts: Int
    /// Whether it holds choices of several events, each of which can be written without the others.
    package var isDivisible: Bool
    /// What the last of the attempts failed with, also that of an earlier process.
    package var lastFailure: LastFailure?

    package init(
        key: SubjectKey,
        organizationUserID: String,
        fields: [FieldChoice],
        isWithdrawal: Bool,
        through: SequenceNumber,
        attempts: Int,
        isDivisible: Bool = false,
        lastFailure: LastFailure? = nil
    ) {
        self.key = key
        self.organizationUserID = organizationUserID
        self.fields = fields
        self.isWithdrawal = isWithdrawal
        self.through = through
        self.attempts = attempts
        self.isDivisible = isDivisible
        self.lastFailure = lastFailure
    }

    /// A failure, and how long the next attempt was to wait after it.
    package struct LastFailure: Hashable, Sendable {
        package var errorCode: String?
        package var wait: Duration

        package init(errorCode: String?, wait: Duration) {
            self.errorCode = errorCode
            self.wait = wait
        }
    }
}

/// The winning choice for one mapping, to be shaped for the mapping's Salesforce field.
package struct FieldChoice: Hashable, Sendable {
    package var mapping: Mapping
    package var choice: Choice

    package init(mapping: Mapping, choice: Choice) {
        self.mapping = mapping
        self.choice = choice
    }
}

/// What became of a subject's write.
package struct SubjectOutcome: Hashable, Sendable {
    package var key: SubjectKey
    /// As it was in the `SubjectWrite`.
    package var through: SequenceNumber
    package var result: Result
    /// Together with `released`: the write was refused, and its events are to be written one by one from now on, so that
    /// one event's value does not keep the others from being written.
    package var isToBeDivided: Bool

    package init(key: SubjectKey, through: SequenceNumber, result: Result, isToBeDivided: Bool = false) {
        self.key = key
        self.through = through
        self.result = result
        self.isToBeDivided = isToBeDivided
    }

    /// Whether Salesforce said that the write happened.
    package var isConfirmed: Bool { if case .delivered = result { true } else { false } }

    /// The outcome itself.
    package enum Result: Hashable, Sendable {
        /// Salesforce said `success: true` for every one of these records.
        case delivered(recordIDs: [String], isCreated: Bool, Attempt)
        /// Nothing was written and nothing will be: `NO_MATCH`, `CONVERTED_LEAD`.
        case skipped(reason: String, Attempt)
        /// The record was refused for good; `reason` is the error code.
        case failed(reason: String, Attempt)
        /// To be tried again at `dueAt`; `attempts` counts this one.
        case retrying(reason: String, attempts: Int, dueAt: Timestamp, Attempt)
        /// The first retries are behind it; still tried from time to time.
        case parked(reason: String, attempts: Int, dueAt: Timestamp, Attempt)
        /// Given back untried, for instance since its configuration was held meanwhile.
        case released
    }
}

/// Whether a configuration's deliveries go out.
package enum ConfigurationCondition: Hashable, Sendable {
    case running
    /// Needs an administrator; tried again at `probeAt`. `reason` is a code, `message` says what to do.
    case held(reason: String, message: String, probeAt: Timestamp, Attempt?)
    /// The org cannot take anything before `until`; costs no attempts.
    case waiting(reason: String, message: String, until: Timestamp, Attempt?)
}

/// A configuration together with whether it may deliver.
package struct ConfigurationStatus: Hashable, Sendable {
    package var configuration: Configuration
    package var condition: ConfigurationCondition

    package init(configuration: Configuration, condition: ConfigurationCondition) {
        self.configuration = configuration
        self.condition = condition
    }

    /// Whether its deliveries go out, now or by themselves once its org has had its pause.
    package var isActive: Bool {
        guard !configuration.isPaused else { return false }
        return switch condition {
        case .running, .waiting: true
        case .held: false
        }
    }
}
