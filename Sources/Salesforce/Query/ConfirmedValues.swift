package import Consent
import Delivery
import Synchronization

/// Remembers for a short while what Salesforce confirmed for a record, so that the same again costs no call.
///
/// Pure: the moment comes from outside. A record that is about to be written is forgotten until its own success, so that
/// nothing is taken for confirmed after an answer that was lost. Others may change a record meanwhile, which is why it is a
/// short while, and why a withdrawal is never taken for confirmed: see `SalesforceLimits.confirmationLifetime`. Only the
/// configuration that wrote the values, unchanged since, has them confirmed.
package struct ConfirmedValues: Sendable {
    private var entries: BoundedCache<Key, Entry>
    private let limits: SalesforceLimits

    package init(limits: SalesforceLimits) {
        self.limits = limits
        entries = BoundedCache(countMax: limits.confirmationsMax)
    }

    /// A record of an org.
    package struct Key: Hashable, Sendable {
        package var origin: String
        /// The same for every form of the id.
        package var recordID: String

        package init(_ recordID: String, origin: String) {
            self.origin = origin
            self.recordID = FoundRecord.key(of: recordID)
        }
    }

    /// The attempt that confirmed all of these values as the record's last ones; nil when none did lately.
    package func attempt(
        for key: Key,
        _ fields: [FieldEntry],
        of configuration: Configuration,
        at now: Timestamp
    ) -> Attempt? {
        guard let entry = entries[key], entry.configuration == configuration.id,
            entry.configurationUpdatedAt == configuration.updatedAt
        else { return nil }
        let age = now - entry.attempt.at
        guard age >= .zero, age < limits.confirmationLifetime else { return nil }
        return fields.allSatisfy { entry.value(of: $0.field) == $0.value } ? entry.attempt : nil
    }

    /// Remembers what a write has set, and nothing of what earlier ones did.
    package mutating func insert(
        _ fields: [FieldEntry],
        for key: Key,
        of configuration: Configuration,
        by attempt: Attempt
    ) {
        let entry = Entry(
            configuration: configuration.id,
            configurationUpdatedAt: configuration.updatedAt,
            fields: fields,
            attempt: attempt
        )
        entries.insert(entry, for: key)
    }

    /// Forgets a record that is about to be written.
    package mutating func remove(_ key: Key) {
        entries.remove(key)
    }

    private struct Entry: Sendable {
        var configuration: ConfigurationID
        var configurationUpdatedAt: Timestamp
        /// As they were written; few, and seldom asked for.
        var fields: [FieldEntry]
        var attempt: Attempt

        /// The later of two fields with one name in any case counts.
        func value(of field: String) -> FieldValue? {
            let name = field.lowercased()
            return fields.last { $0.field.lowercased() == name }?.value
        }
    }
}

/// The one owner of what is confirmed.
///
/// A lock and no actor: a call would change threads four times for less work than that takes.
final class ConfirmedStore: Sendable {
    private let values: Mutex<ConfirmedValues>

    init(limits: SalesforceLimits) {
        values = Mutex(ConfirmedValues(limits: limits))
    }

    /// The attempts that confirmed these drafts already; all others are forgotten, since they are about to be written.
    func begin(_ drafts: [Draft], of configuration: Configuration, at now: Timestamp) -> [Attempt?] {
        values.withLock { values in
            drafts.map { draft in
                guard let recordID = draft.recordID else { return nil }
                let key = ConfirmedValues.Key(recordID, origin: configuration.origin)
                let attempt = values.attempt(for: key, draft.fields, of: configuration, at: now)
                if !draft.isWithdrawal, let attempt { return attempt }
                values.remove(key)
                return nil
            }
        }
    }

    /// Forgets records that something else is about to write.
    func forget(_ recordIDs: [String], origin: String) {
        values.withLock { values in
            for recordID in recordIDs { values.remove(ConfirmedValues.Key(recordID, origin: origin)) }
        }
    }

    /// Remembers the successes among these outcomes of updates.
    func learn(_ outcomes: [WriteOutcome], _ drafts: [Draft], of configuration: Configuration) {
        values.withLock { values in
            for (outcome, draft) in zip(outcomes, drafts) {
                guard case .written(_, _, let attempt) = outcome, let recordID = draft.recordID else { continue }
                let key = ConfirmedValues.Key(recordID, origin: configuration.origin)
                values.insert(draft.fields, for: key, of: configuration, by: attempt)
            }
        }
    }
}
