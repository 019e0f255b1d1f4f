import Consent

extension ConsentState {
    /// Lets the oldest finished events go once there are too many of them or they are too old.
    mutating func queueForRemoval(_ event: SequenceNumber, at moment: Timestamp) {
        removalQueue.append(event)
        let oldest = Timestamp(milliseconds: moment.milliseconds - terminalEventLifetimeMilliseconds)
        while let first = removalQueue.first {
            guard removalQueue.count > limits.terminalEventsMax || isFinished(first, before: oldest) else { break }
            _ = removalQueue.popFirst()
            forgetIfTerminal(first)
        }
        while let first = eventOrder.first, !events.contains(first) { eventOrder.removeFirst() }
        // One event that never ends must not keep the numbers of all that came after it.
        if eventOrder.count > 2 * events.count + Self.forgottenNumbersMax {
            eventOrder.removeAll { !events.contains($0) }
        }
    }

    /// How many numbers of forgotten events may lie between those of others.
    static var forgottenNumbersMax: Int { 1_024 }

    /// Whether an event is finished for so long, or gone or open again, so that its place in the queue says nothing.
    private func isFinished(_ event: SequenceNumber, before moment: Timestamp) -> Bool {
        events.look(at: event) { $0.isUnchanged(since: moment) } ?? true
    }

    private mutating func forgetIfTerminal(_ event: SequenceNumber) {
        guard let entry = events.remove(event, where: { $0.isTerminal }) else { return }
        forgottenThrough = max(forgottenThrough, event)
        entry.forEachPerson { configuration, slot in
            guard let index = configurationIndexes[configuration] else { return }
            configurations[index].subjects[Int(slot)].events.remove(event)
            forgetIfEmpty(index, slot)
        }
    }

    /// Frees the slot of a person of whom nothing is known any more.
    mutating func forgetIfEmpty(_ index: Int, _ slot: UInt32) {
        guard configurations[index].subjects[Int(slot)].isForgettable(withChoices: configurations[index].isDeleted)
        else { return }
        _ = configurations[index].remove(slot)
    }

    /// Whether an event may have been there and was forgotten.
    func isForgotten(_ event: SequenceNumber) -> Bool {
        event.rawValue > 0 && event <= forgottenThrough && !events.contains(event)
    }
}
