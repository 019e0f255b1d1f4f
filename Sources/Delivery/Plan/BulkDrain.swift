import Consent

/// A configuration's backlog on its way through a job of the org's.
///
/// What is in the job stays there, locked, until the org says that it is over: an older choice that a job writes late must
/// never follow a newer one that a call wrote meanwhile.
struct BulkDrain: Sendable {
    var stage: Stage
    var startedAt: Timestamp
    /// Where the records are that it locks.
    var origin: Int
    /// Whether withdrawals go in too, since even they are a backlog; otherwise calls take them, which are faster.
    var takesWithdrawals = false
    /// Subjects that were found.
    var gathered: [UInt32] = []
    /// Records of these.
    var recordCount = 0
    /// Subjects that do not count against the active ones.
    var subjectCount = 0
    /// The rows of the job.
    var items: [CallItem] = []
    var job: String?
    /// Whether a call about the job is out.
    var isAsking = false
    /// When to look at the job again.
    var dueAt: Timestamp?
    /// Looks at the job so far.
    var checks = 0
    /// Whether the last look at it found it running.
    var wasRunning = false
    /// Whether it was asked to stop while it was running; it may go on all the same.
    var wasStopped = false

    /// Where it is.
    enum Stage: Hashable, Sendable {
        /// Subjects are looked up for it.
        case gathering
        case opening
        case uploading
        /// It has its rows, or may have them: ask.
        case running
        /// It has not begun and is given up.
        case aborting
        /// It is asked to stop; only the org can say what it wrote until then.
        case stopping
        /// Over, which is not written down yet.
        case ending
    }
}
