import Consent

/// One person in one configuration.
struct SubjectEntry {
    let organizationUserID: String
    var fields = MergedFields()
    /// Events with an undelivered delivery, oldest first.
    var open: [SequenceNumber] = []
    /// Every event of the person that is in memory, oldest first.
    var events: [SequenceNumber] = []
    /// The events in the write that is out now; known to this process only.
    var inFlight: [SequenceNumber] = []
    var progress = Progress()
    /// The records that the last delivered write went to.
    var recordIDs: [String] = []

    /// A slot that nobody is in.
    static let vacant = SubjectEntry(organizationUserID: "")

    /// Nobody's identifier is empty.
    var isVacant: Bool { organizationUserID.isEmpty }

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
    var isWithdrawal: Bool {
        fields.standing.contains { $0.captured.choice.isRestrictive && open.contains($0.event) }
    }

    mutating func addOpen(_ event: SequenceNumber) {
        let place = open.firstIndex { $0 > event } ?? open.endIndex
        open.insert(event, at: place)
        // A fresh choice does not wait for the retries of an older one.
        progress.dueAt = nil
        progress.isParked = false
    }

    mutating func forget(_ event: SequenceNumber) {
        if let place = events.firstIndex(of: event) { events.remove(at: place) }
    }

    mutating func removeOpen(_ event: SequenceNumber) {
        open.removeAll { $0 == event }
        if open.isEmpty { progress = Progress() }
    }
}
