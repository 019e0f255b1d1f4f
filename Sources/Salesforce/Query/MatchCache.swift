package import Consent

/// Remembers for a while which records belong to a person, so that a known person costs no lookup.
///
/// Pure: the moment comes from outside.
package struct MatchCache: Sendable {
    private var entries: BoundedCache<Key, Entry>
    /// Records that turned out deleted, and when: what was remembered of them before then does not count.
    private var gone: [String: Timestamp] = [:]
    private let limits: SalesforceLimits

    package init(limits: SalesforceLimits) {
        self.limits = limits
        entries = BoundedCache(countMax: limits.matchesMax)
    }

    /// A person as one configuration looks for it.
    package struct Key: Hashable, Sendable {
        package var origin: String
        package var kind: RecordKind
        package var matchField: String
        package var person: String

        /// The key of a person under a configuration.
        package init(_ person: String, _ configuration: Configuration) {
            origin = configuration.origin
            kind = configuration.recordKind
            matchField = configuration.matchField
            self.person = person
        }
    }

    /// The person's records, if they were found lately and none of them is gone since.
    package func records(of key: Key, at now: Timestamp) -> [FoundRecord]? {
        guard let entry = entries[key] else { return nil }
        let age = now - entry.foundAt
        guard age >= .zero, age < limits.matchLifetime else { return nil }
        let isWhole =
            gone.isEmpty
            || entry.records.allSatisfy { record in
                gone[FoundRecord.key(of: record.id)].map { $0 < entry.foundAt } ?? true
            }
        return isWhole ? entry.records : nil
    }

    /// Remembers a person's records.
    package mutating func insert(_ records: [FoundRecord], for key: Key, at now: Timestamp) {
        entries.insert(Entry(records: records, foundAt: now), for: key)
    }

    /// Forgets a person under every configuration, so that no memory of the identifier is left.
    package mutating func forget(_ person: String) {
        entries.removeAll { $0.person == person }
    }

    /// Forgets everything that rests on this record.
    package mutating func drop(recordID: String, at now: Timestamp) {
        if gone.count >= limits.goneRecordsMax {
            entries.removeAll()
            gone = [:]
        }
        gone[FoundRecord.key(of: recordID)] = now
    }

    private struct Entry: Sendable {
        var records: [FoundRecord]
        var foundAt: Timestamp
    }
}
