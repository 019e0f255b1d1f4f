import Consent

extension ConsentState {
    /// Looks at what a run of events is about to look up and to change, at all of it before any is needed.
    ///
    /// Of millions of people and events hardly one is in the processor's caches. One after the other each would wait
    /// for memory by itself; without an order the processor waits for many at a time.
    ///
    /// - Returns: a number that depends on all that was looked at, so that none of it is left out.
    func lookAhead(_ lookups: [HistoryRun.Lookup]) -> UInt64 {
        guard !lookups.isEmpty, !configurations.isEmpty else { return 0 }
        var ahead = Ahead()
        for lookup in lookups {
            if let key = lookup.key { ahead.trace &+= eventKeys.peek(key) }
            // An event is for all configurations, mostly, and then so are its people.
            guard let person = lookup.person, let slot = configurations[0].peek(person) else { continue }
            ahead.people.append((0, slot))
        }
        // Each event that ends lets the oldest of those go that have.
        let leaving = removalQueue.count < limits.terminalEventsMax ? 0 : ahead.people.count
        lookAtPeople(&ahead)
        if leaving > 0 {
            let end = min(removalQueue.startIndex + leaving, removalQueue.endIndex)
            for position in removalQueue.startIndex..<end { ahead.events.append(removalQueue[position]) }
        }
        lookAtEvents(&ahead)
        lookAtPeople(&ahead)
        return ahead.trace
    }

    private func lookAtPeople(_ ahead: inout Ahead) {
        for (index, slot) in ahead.people {
            let (trace, event) = configurations[index].subjects[Int(slot)].lookAhead()
            ahead.trace &+= trace
            if let event { ahead.events.append(event) }
        }
        ahead.people.removeAll(keepingCapacity: true)
    }

    private func lookAtEvents(_ ahead: inout Ahead) {
        for event in ahead.events {
            guard let (trace, configuration, slot) = events.look(at: event, { $0.lookAhead() }) else { continue }
            ahead.trace &+= trace
            guard let configuration, let index = configurationIndexes[configuration] else { continue }
            ahead.people.append((index, slot))
        }
        ahead.events.removeAll(keepingCapacity: true)
    }

    /// What is looked at next.
    private struct Ahead {
        var trace: UInt64 = 0
        var people: [(index: Int, slot: UInt32)] = []
        var events: [SequenceNumber] = []
    }
}

extension SubjectEntry {
    /// Looks at all of it, and names the event that gives way to the person's next one.
    @inline(__always) fileprivate func lookAhead() -> (trace: UInt64, event: SequenceNumber?) {
        let event: SequenceNumber? =
            switch open {
            case .one(let event): event
            case .none, .many: nil
            }
        return (organizationUserID.firstByte &+ UInt64(inFlight.count &+ recordIDs.count), event)
    }
}

extension EventEntry {
    /// Looks at all of it, and names the person of its first delivery.
    @inline(__always) fileprivate func lookAhead() -> (trace: UInt64, configuration: ConfigurationID?, slot: UInt32) {
        guard case .one(let delivery) = deliveries else { return (id.firstByte, nil, 0) }
        return (id.firstByte, delivery.configuration, delivery.slot)
    }
}

extension String {
    fileprivate var firstByte: UInt64 {
        // Safety: the bytes live for the call.
        unsafe utf8.withContiguousStorageIfAvailable { unsafe UInt64($0.first ?? 0) } ?? 0
    }
}
