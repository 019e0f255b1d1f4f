import Consent
import DequeModule

/// What the plan knows of one configuration.
struct ConfigurationState: Sendable {
    let id: ConfigurationID
    /// Nil until it is told, and again once it was deleted.
    var configuration: Configuration?
    var isDeleted = false
    /// Whether it has subjects parked before the start, told before the configuration was.
    var suspectsOutage = false
    var org = 0
    /// What the store was last told.
    var condition = ConfigurationCondition.running
    var hold: Pause?
    /// Grows with every hold or refused probe until a record is written.
    var holdNumber = 0
    var breaker = CircuitBreaker()
    var waiting = WaitingSubjects()
    /// When gathering for the next lookup began; nil while nobody is ready.
    var readySince: Timestamp?
    var active: [UInt32: ActiveSubject] = [:]
    /// Taken subjects to be looked up, for instance again.
    var lookups: Deque<UInt32> = []
    var updates: Deque<UInt32> = []
    var creations: Deque<UInt32> = []
    /// A job on its way, or being gathered for.
    var bulk: BulkDrain?
    /// Until when no job is tried.
    var bulkPausedUntil: Timestamp?
    /// When it last began to run: what was accepted earlier has waited.
    var runningSince: Timestamp?
    /// Records already written for a subject whose others failed.
    var partials: [UInt32: PartialResult] = [:]
    /// Until when a creation of the last run may still happen, for people not taken since.
    var lostCreations: [UInt32: Timestamp] = [:]
    var callsInFlight = 0
    var lastFailure: Failure?

    init(id: ConfigurationID) {
        self.id = id
    }

    var isRunnable: Bool {
        guard let configuration else { return false }
        return !configuration.isPaused && hold == nil
    }
}

/// What the plan knows of one org, that is of one login to one origin.
struct OrgState: Sendable {
    var origin: Int
    var name: String
    var configurations: [Int] = []
    var breaker = CircuitBreaker()
    var pause: Pause?
    /// Grows with every pause or refused probe until a record is written.
    var pauseNumber = 0
    var callsInFlight = 0
    var usage: APIUsage?
    /// When the allocation is read again although only withdrawals go out.
    var usageProbeAt: Timestamp?
    /// A probe for the allocation or for the org's recovery.
    var probe: CallID?
    /// Whether a call has got through since the start.
    var hasAnswered = false
    /// Whether a probe for recovery has succeeded since the org last answered a call.
    var isProbed = false
    /// Whether a call failed after a probe for recovery had succeeded: probes say nothing then.
    var isProbeMisleading = false
    /// Something happened that may let a call out.
    var isDirty = false
    var wakeAt: Timestamp?
    /// The configuration that is asked first, so that none is always last.
    var turn = 0

    func usedShare() -> Double {
        guard let usage, usage.limit > 0 else { return 0 }
        return Double(usage.used) / Double(usage.limit)
    }
}

/// A login to an origin: what shares limits.
struct OrgKey: Hashable, Sendable {
    var origin: String
    var clientID: String
}

/// A wait that ends with a probe.
struct Pause: Sendable {
    var until: Timestamp
    var reason: String
    var message: String
    var attempt: Attempt?
    var probe: CallID?
}

/// Records already written for a subject whose others failed; it counts only for the same write.
struct PartialResult: Sendable {
    var through: SequenceNumber
    var written: [String]
    var attempt: Attempt
}

/// A subject between being taken from the store and its outcome being recorded there.
struct ActiveSubject: Sendable {
    var write: SubjectWrite
    var acceptedAt: Timestamp
    /// Whether it waited while nothing could go out.
    var hasWaited = false
    /// When gathering began for it; a later stage does not gather anew.
    var readySince: Timestamp
    var stage: Stage
    var person: PersonKey?
    /// Records still to be written.
    var records: [FoundRecord] = []
    var written: [String] = []
    var converted = 0
    var isCreated = false
    var lastAttempt: Attempt?
    /// Items of it in the current call.
    var outstanding = 0
    var failures: [Failure] = []
    var wasRepaired = false
    /// Whether a write of several events was refused.
    var isRefusedTogether = false
    /// The failure of a creation that may have happened all the same.
    var unknownCreation: Failure?
    var ambiguousTries: UInt8 = 0
    /// What the store said of it meanwhile.
    var newer: OutboxEntry?
    var next = Next.nothing

    /// Where it is.
    enum Stage: Hashable, Sendable {
        /// On its way from the store, or sought among those that are remembered.
        case taking
        /// Another subject works on the same person.
        case blocked
        case lookup
        case update
        case creation
        /// Found, and waiting for the job to start.
        case gathered
        case calling
        case recording
    }

    /// What follows once the outcome is recorded.
    enum Next: Hashable, Sendable {
        case nothing
        case wait(WaitingSubject)
    }
}

/// Subjects that the store is asked for.
struct Take: Sendable {
    /// The place of the configuration.
    var index: Int
    /// As it was when the store was asked.
    var configuration: Configuration
    var slots: [UInt32]
}

/// A call that is out, or a batch that is being halved.
struct CallState: Sendable {
    var id: CallID
    var configuration: Int
    var org: Int
    /// Where the records are that it locks.
    var origin: Int
    var kind: CallKind
    var items: [CallItem]
    /// Parts of the batch that wait for the part that is out.
    var parts: [[CallItem]] = []
    /// Items that were refused alone, kept back until something of the batch succeeds.
    var culprits: [Culprit] = []
    var hasSucceeded = false
    var startedAt: Timestamp
    /// Whether it is the one call of a half-open breaker.
    var isTrial = false

    /// Whether its items hold locks on their records.
    var locksRecords: Bool { kind == .update || kind == .bulk }

    struct Culprit: Sendable {
        var item: CallItem
        var failure: Failure
    }
}

/// One person or record in a call.
struct CallItem: Hashable, Sendable {
    var slot: UInt32
    var record: FoundRecord?
}
