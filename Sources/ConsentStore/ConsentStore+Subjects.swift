package import Consent

extension ConsentStore {
    /// What stands for a person in every configuration that knows them.
    package func explainSubject(_ organizationUserID: String) -> [SubjectExplanation] {
        state.explanation(of: organizationUserID)
    }

    /// Forgets a person: in memory and for every caller on return, on disk before `completesBy`.
    ///
    /// Erasing again tells how far it has come, unless the person has come back meanwhile.
    /// - Throws: the journal's errors, with nothing changed.
    package func eraseSubject(_ organizationUserID: String) throws(StoreError) -> SubjectErasure {
        let hash = subjectHash(organizationUserID)
        let keys = state.keys(of: organizationUserID)
        if keys.isEmpty, let erasure = erasure(of: hash) { return erasure }
        let record = ErasureRecord(
            subject: hash,
            keys: keys,
            keyedEvents: state.keyedEvents(of: organizationUserID),
            at: moment
        )
        try commit(.subjectErased(record))
        onErasure?(organizationUserID)
        endPolls(of: organizationUserID)
        guard let erasure = erasure(of: hash) else { preconditionFailure("an erasure is noted when it is applied") }
        return erasure
    }

    /// Erasures whose bytes may still be on the disk.
    package var pendingErasureCount: Int { state.erasures.pendingCount }

    private func erasure(of hash: SubjectHash) -> SubjectErasure? {
        state.erasures[hash].map { entry in
            SubjectErasure(
                sequenceNumber: entry.event,
                deliveryCount: entry.deliveryCount,
                completesBy: entry.erasedAt + limits.erasureDeadline,
                completedAt: entry.completedAt
            )
        }
    }

    /// Answers the polls about a person, and those about events that are gone.
    private func endPolls(of organizationUserID: String) {
        for poll in waiters.takePolls(where: { isGone($0, organizationUserID) }) {
            let result = state.status(of: poll.subject)
            switch poll.subject {
            case .person: poll.answer(result, nil)
            case .delivery: poll.answer(result, .deliveryNotFound)
            case .event: poll.answer(result, .eventNotFound)
            }
        }
    }

    private func isGone(_ subject: StatusSubject, _ organizationUserID: String) -> Bool {
        switch subject {
        case .person(let person, _): person.hasSameBytes(as: organizationUserID)
        case .delivery(let id): state.events[id.event] == nil
        case .event(let event): state.events[event] == nil
        }
    }
}
