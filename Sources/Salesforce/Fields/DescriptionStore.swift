package import Consent
package import Delivery

/// Keeps what Salesforce said of each kind of record, and lets one caller at a time ask for it.
package actor DescriptionStore {
    private var entries: [Key: Entry] = [:]
    private let limits: SalesforceLimits

    package init(limits: SalesforceLimits) {
        self.limits = limits
    }

    /// Whose view of which object it is: two users of one org may see different fields.
    package struct Key: Hashable, Sendable {
        package var origin: String
        package var clientID: String
        package var kind: RecordKind

        /// The key of a configuration's object.
        package init(_ configuration: Configuration) {
            origin = configuration.origin
            clientID = configuration.clientID
            kind = configuration.recordKind
        }
    }

    /// What is known of an object.
    package enum Knowledge: Hashable, Sendable {
        case described(ObjectDescription)
        /// The user may not describe it: values go out as they are.
        case withheld

        /// The description, where there is one.
        package var description: ObjectDescription? {
            if case .described(let description) = self { description } else { nil }
        }
    }

    /// What a caller gets: the knowledge, and the calls that this very caller made for it.
    package struct Grant: Sendable {
        package var result: Result<Knowledge, Failure>
        package var tally: CallTally

        package init(_ result: Result<Knowledge, Failure>, _ tally: CallTally = CallTally()) {
            self.result = result
            self.tally = tally
        }
    }

    /// Returns what is known, asking by `fetch` at most once at a time; a failure is not remembered.
    ///
    /// What was known before `change`, when whoever asks was made or changed, does not count. While the org is in passing trouble
    /// an old description is better than none.
    package func knowledge(
        of key: Key,
        since change: Timestamp = Timestamp(milliseconds: 0),
        at now: Timestamp,
        fetch: @Sendable () async -> Grant
    ) async -> Grant {
        while true {
            let entry = entries[key] ?? makeEntry()
            if let knowledge = entry.knowledge, entry.isFresh(since: change, at: now, limits) {
                return Grant(.success(knowledge))
            }
            guard !entry.isFetching else {
                let shared = await withCheckedContinuation { entries[key]?.waiters.append($0) }
                if let shared { return Grant(shared) }
                continue
            }
            entries[key] = entry
            entries[key]?.isFetching = true
            let grant = await fetch()
            return Grant(finish(key, grant.result, at: now), grant.tally)
        }
    }

    /// Makes the next caller ask again, since a field turned out different; no more often than the limits say.
    package func invalidate(_ key: Key) {
        entries[key]?.isSuspect = true
    }

    /// Makes the next caller ask again, whatever the limits say.
    package func forget(_ key: Key) {
        entries[key]?.fetchedAt = Timestamp(milliseconds: 0)
    }

    private func finish(
        _ key: Key,
        _ fetched: Result<Knowledge, Failure>,
        at now: Timestamp
    ) -> Result<Knowledge, Failure> {
        // It cannot have gone meanwhile: an entry that is being fetched is never evicted.
        guard var entry = entries[key] else { preconditionFailure("description fetched without an entry") }
        var result = fetched
        var isCancelled = false
        switch fetched {
        case .success(let knowledge):
            entry.knowledge = knowledge
            entry.fetchedAt = now
            entry.isSuspect = false
        case .failure(let failure):
            isCancelled = failure.kind == .cancelled
            if failure.kind == .transient, let knowledge = entry.knowledge { result = .success(knowledge) }
        }
        let waiters = entry.waiters
        entry.waiters = []
        entry.isFetching = false
        entries[key] = entry
        // A cancelled caller says nothing of the org: another one asks instead.
        for waiter in waiters { waiter.resume(returning: isCancelled ? nil : result) }
        return result
    }

    private func makeEntry() -> Entry {
        if entries.count >= limits.descriptionsMax,
            let oldest = entries.filter({ !$0.value.isFetching }).min(by: { $0.value.fetchedAt < $1.value.fetchedAt })
        {
            entries[oldest.key] = nil
        }
        return Entry()
    }

    private struct Entry {
        var knowledge: Knowledge?
        var fetchedAt = Timestamp(milliseconds: 0)
        var isSuspect = false
        var isFetching = false
        var waiters: [CheckedContinuation<Result<Knowledge, Failure>?, Never>] = []

        func isFresh(since change: Timestamp, at now: Timestamp, _ limits: SalesforceLimits) -> Bool {
            let age = now - fetchedAt
            let lifetime = knowledge == .withheld ? limits.withheldLifetime : limits.descriptionLifetime
            // A clock set back makes it look younger than new: ask again. A change to come is one before the clock was set back,
            // and would have everybody ask.
            return age >= .zero && age < (isSuspect ? limits.descriptionPause : lifetime)
                && (fetchedAt >= change || change > now)
        }
    }
}
