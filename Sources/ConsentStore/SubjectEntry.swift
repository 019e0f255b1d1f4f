import Consent

/// One person in one configuration, as compact as a million of them must be.
struct SubjectEntry: Sendable {
    let organizationUserID: String
    var fields = MergedFields()
    /// Events with an undelivered delivery, oldest first.
    var open = EventList.none
    /// Every event of the person that is in memory, oldest first.
    var events = EventList.none
    /// The events in the write that is out now; known to this process only.
    var inFlight: [SequenceNumber] = []
    /// The records that the last delivered write went to.
    var recordIDs: [String] = []
    private var triedProgress: TriedProgress?

    init(
        organizationUserID: String,
        fields: consuming MergedFields = MergedFields(),
        progress: Progress = Progress(),
        recordIDs: [String] = []
    ) {
        self.organizationUserID = organizationUserID
        self.fields = fields
        self.recordIDs = recordIDs
        if progress != Progress() { triedProgress = TriedProgress(progress) }
    }

    /// A slot that nobody is in.
    static let vacant = SubjectEntry(organizationUserID: "")

    /// Nobody's identifier is empty.
    var isVacant: Bool { organizationUserID.isEmpty }

    /// How far the tries for what is undelivered have come.
    var progress: Progress {
        get { triedProgress?.progress ?? Progress() }
        set { triedProgress = newValue == Progress() ? nil : TriedProgress(newValue) }
    }

    /// How far the tries for what is undelivered have come.
    struct Progress: Equatable {
        var attempts: UInt16 = 0
        var isParked = false
        /// Nil means at once.
        var dueAt: Timestamp?
        /// When a record was last about to be created.
        var creationStartedAt: Timestamp?

        /// Forgets the tries so far.
        mutating func startAnew() {
            self = Progress(creationStartedAt: creationStartedAt)
        }
    }

    /// Whether anything undelivered is denied or cleared.
    var isWithdrawal: Bool { isWithdrawal(in: open) }

    /// Whether anything that these events decide is denied or cleared.
    func isWithdrawal(in events: EventList) -> Bool {
        fields.standing.contains { $0.captured.choice.isRestrictive && events.contains($0.event) }
    }

    /// Whether nothing is known of the person any more, or nothing but choices where those may go too.
    @inline(__always) func isForgettable(withChoices: Bool) -> Bool {
        !isVacant && events.isEmpty && open.isEmpty && (withChoices || fields.standing.isEmpty)
    }

    mutating func addOpen(_ event: SequenceNumber) {
        open.insert(event)
        guard triedProgress != nil else { return }
        // A fresh choice does not wait for the retries of an older one, and has all of its own.
        progress.startAnew()
    }

    mutating func removeOpen(_ event: SequenceNumber) {
        open.remove(event)
        if open.isEmpty { triedProgress = nil }
    }

    /// What only those have whose write was tried.
    private final class TriedProgress: Sendable {
        let progress: Progress

        init(_ progress: Progress) {
            self.progress = progress
        }
    }
}
