package import Consent

/// Speaks to a CRM: finds people's records and writes fields.
///
/// Salesforce is the one there is.
///
/// Every call is one attempt: logging in, one renewed login and one replay after an expired session happen inside, waiting and
/// trying again do not.
package protocol RecordWriter: Sendable {
    /// The records of those of these people who were found lately, without a call; nil for the others, in the order of `people`.
    func remembered(_ people: [String], for configuration: Configuration) async -> [[FoundRecord]?]

    /// Finds the records of these people; `outcomes` are in the order of `people`.
    func find(_ people: [String], for configuration: Configuration) async -> CallReport<FindOutcome>

    /// Updates records (at most 200, each record once); `outcomes` are in the order of `writes`.
    func update(_ writes: [RecordUpdate], for configuration: Configuration) async -> CallReport<WriteOutcome>

    /// Creates records (at most 200, each person once) with the configuration's defaults; outcomes in the order of `writes`.
    func create(_ writes: [RecordCreation], for configuration: Configuration) async -> CallReport<WriteOutcome>

    /// Opens a job of the org's that updates records; the only outcome is its id. Nothing is written by this.
    func openJob(for configuration: Configuration) async -> CallReport<String>

    /// Gives an open job its records, each once, and lets it begin; whoever got no answer asks `checkJob`.
    ///
    /// A record whose fields a job cannot hold is left out and will have no result.
    func upload(_ writes: [RecordUpdate], to job: String, for configuration: Configuration) async -> CallReport<Never>

    /// Asks how a job stands and, once it is over, what became of these records; one outcome.
    func check(_ job: String, of recordIDs: [String], for configuration: Configuration) async -> CallReport<JobProgress>

    /// Ends a job, whether it has begun or not; one that has may still write until `check` says that it is over.
    func abort(_ job: String, for configuration: Configuration) async -> CallReport<Never>

    /// Logs in and asks for as little as possible, to see whether a held or waiting configuration works again.
    func probe(_ configuration: Configuration) async -> CallReport<Never>
}

/// The answer to a call as a whole and, where it got that far, to each of its items.
package struct CallReport<Outcome: Sendable>: Sendable {
    /// One for each item asked, or empty when the whole call failed.
    package var outcomes: [Outcome]
    /// Why the whole call failed; nil when every item has its own outcome.
    package var failure: Failure?
    /// What the org last said of its daily allocation (`Sforce-Limit-Info`).
    package var usage: APIUsage?
    /// HTTP calls made, logins included.
    package var calls: Int

    package init(outcomes: [Outcome] = [], failure: Failure? = nil, usage: APIUsage? = nil, calls: Int = 1) {
        self.outcomes = outcomes
        self.failure = failure
        self.usage = usage
        self.calls = calls
    }
}

/// What the lookup said of one person.
package enum FindOutcome: Hashable, Sendable {
    /// At least one record.
    case found([FoundRecord])
    case notFound
    /// Only converted Leads match.
    case converted
    case failed(Failure)
}

/// Fields for a record that exists.
package struct RecordUpdate: Hashable, Sendable {
    package var recordID: String
    package var fields: [FieldChoice]
    /// Whether anything of it is denied or cleared; that is always written.
    package var isWithdrawal: Bool

    package init(recordID: String, fields: [FieldChoice], isWithdrawal: Bool = false) {
        self.recordID = recordID
        self.fields = fields
        self.isWithdrawal = isWithdrawal
    }
}

/// Fields for a person who has no record yet.
package struct RecordCreation: Hashable, Sendable {
    package var organizationUserID: String
    package var fields: [FieldChoice]

    package init(organizationUserID: String, fields: [FieldChoice]) {
        self.organizationUserID = organizationUserID
        self.fields = fields
    }
}

/// What the org said of one record.
package enum WriteOutcome: Hashable, Sendable {
    /// `success: true` for this very record.
    case written(recordID: String, isCreated: Bool, Attempt)
    /// Not written, since this earlier attempt gave this very record the same values a moment ago.
    case unchanged(recordID: String, Attempt)
    case failed(Failure)
}

/// How a job stands.
package enum JobProgress: Hashable, Sendable {
    /// It waits for its records and has written nothing.
    case open
    /// It is writing, or about to.
    case running
    /// It will write nothing more; nil for a record without a result, of which nothing is known.
    case over([WriteOutcome?])
    /// The org does not know it.
    case gone
}

/// A failure and what its class allows.
package struct Failure: Error, Hashable, Sendable {
    package var kind: Kind
    /// Salesforce's code or our own word for it; becomes the delivery's `reason`.
    package var reason: String
    package var attempt: Attempt
    /// The server's `Retry-After`, a floor for the next try.
    package var retryAfter: Duration?
    /// False only when the request surely never reached the org; a create with true is looked up before it is sent again.
    package var mayHaveBeenWritten: Bool

    package init(
        kind: Kind,
        reason: String,
        attempt: Attempt,
        retryAfter: Duration? = nil,
        mayHaveBeenWritten: Bool = false
    ) {
        self.kind = kind
        self.reason = reason
        self.attempt = attempt
        self.retryAfter = retryAfter
        self.mayHaveBeenWritten = mayHaveBeenWritten
    }

    /// When it happened: gaps begin there, whatever time has passed until it is looked at.
    func moment(at now: Timestamp) -> Timestamp { min(attempt.at, now) }

    /// The classes of the error table.
    package enum Kind: Hashable, Sendable {
        /// Passes by itself within minutes: locks, 5xx, timeouts.
        case transient
        /// The whole org waits: daily limit, login rate, maintenance, storage.
        case orgPause
        /// Needs an administrator: hold the configuration.
        case configuration
        /// This record is refused for good.
        case record
        /// The cached record is gone: look it up again once.
        case repairable
        /// A converted Lead: never written.
        case convertedLead
        /// May be passing: a few slow tries, then as `record`.
        case ambiguous
        /// The request as a whole was refused with a 4xx that no record explains: halve the batch.
        case batch
        /// The daemon stops; nothing is known or counted.
        case cancelled
    }
}

/// The org's daily allocation of API calls.
package struct APIUsage: Hashable, Sendable {
    package var used: Int
    package var limit: Int

    package init(used: Int, limit: Int) {
        self.used = used
        self.limit = limit
    }
}
