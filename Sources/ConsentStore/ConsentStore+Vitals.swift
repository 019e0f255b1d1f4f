package import Consent
import DequeModule

/// How much is still to be delivered, for those who watch the daemon.
package struct Vitals: Equatable, Sendable {
    /// Undelivered deliveries.
    package var undeliveredCount = 0
    /// When the oldest event with something undelivered was accepted.
    package var oldestAcceptedAt: Timestamp?
    /// Where to begin to look for the oldest one the next time.
    package var oldest = SequenceNumber(0)

    package init() {}
}

extension ConsentStore {
    /// How things stand; `after` is what was returned the last time, which saves walking over what was delivered.
    package func vitals(after last: Vitals) -> Vitals {
        var vitals = last
        vitals.oldestAcceptedAt = nil
        vitals.undeliveredCount = state.openCount
        guard vitals.undeliveredCount > 0 else { return Vitals() }
        for event in state.eventOrder[state.firstIndex(notBefore: last.oldest)...] {
            guard let entry = state.events[event], !entry.isTerminal else { continue }
            vitals.oldest = event
            vitals.oldestAcceptedAt = entry.acceptedAt
            break
        }
        return vitals
    }

    /// When undelivered work or an erasure has to go on; nil when nothing will go on by itself.
    ///
    /// What waits for nothing but its turn is due in the past. Stops looking at the first that is due by `horizon`.
    package func nextDue(horizon: Timestamp) -> Timestamp? {
        // Its bytes are on the disk until a snapshot is written, which takes a running daemon.
        if state.erasures.pendingCount > 0 { return Timestamp(milliseconds: 0) }
        var earliest: Timestamp?
        for entry in state.configurations where !entry.isDeleted && !entry.configuration.isPaused {
            guard entry.openCount > 0 else { continue }
            switch entry.condition {
            case .held(_, _, let probeAt, _): earliest = min(probeAt, earliest ?? probeAt)
            case .waiting(_, _, let until, _): earliest = min(until, earliest ?? until)
            case .running:
                for slot in 0..<entry.subjects.count where !entry.subjects[slot].open.isEmpty {
                    let subject = entry.subjects[slot]
                    // What is out has to be waited for, however late it was due.
                    let dueAt = subject.inFlight.isEmpty ? subject.progress.dueAt : nil
                    let due = dueAt ?? Timestamp(milliseconds: 0)
                    earliest = min(due, earliest ?? due)
                    if due <= horizon { return due }
                }
            }
        }
        return earliest
    }
}

extension ConsentStore {
    /// Returns once the journal's thread has come round.
    package func heartbeat() {}
}
