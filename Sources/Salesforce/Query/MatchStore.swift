import Consent
import Delivery
import Synchronization

/// The one owner of the matches that are remembered.
///
/// A lock and no actor, so that the store's thread need not wait when it erases a person.
final class MatchStore: Sendable {
    private let state: Mutex<State>

    private struct State {
        var cache: MatchCache
        /// How many people were forgotten.
        var forgottenCount = 0
    }

    init(limits: SalesforceLimits) {
        state = Mutex(State(cache: MatchCache(limits: limits)))
    }

    /// What a lookup begins with; a person that is forgotten meanwhile must not be brought back by its answer.
    struct Snapshot {
        fileprivate var forgottenCount: Int
    }

    var snapshot: Snapshot { state.withLock { Snapshot(forgottenCount: $0.forgottenCount) } }

    func records(of people: [String], for configuration: Configuration, at now: Timestamp) -> [[FoundRecord]?] {
        state.withLock { state in
            people.map { state.cache.records(of: MatchCache.Key($0, configuration), at: now) }
        }
    }

    /// Remembers what was found, unless anybody was forgotten since the snapshot.
    func insert(
        _ found: [(person: String, records: [FoundRecord])],
        for configuration: Configuration,
        since snapshot: Snapshot,
        at now: Timestamp
    ) {
        state.withLock { state in
            guard state.forgottenCount == snapshot.forgottenCount else { return }
            for (person, records) in found {
                state.cache.insert(records, for: MatchCache.Key(person, configuration), at: now)
            }
        }
    }

    func drop(recordIDs: [String], at now: Timestamp) {
        state.withLock { state in
            for recordID in recordIDs { state.cache.drop(recordID: recordID, at: now) }
        }
    }

    func forget(_ person: String) {
        state.withLock { state in
            state.forgottenCount += 1
            state.cache.forget(person)
        }
    }
}
