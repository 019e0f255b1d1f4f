import Consent
import Delivery

/// The one owner of the matches that are remembered.
actor MatchStore {
    private var cache: MatchCache

    init(limits: SalesforceLimits) {
        cache = MatchCache(limits: limits)
    }

    func outcomes(of people: [String], for configuration: Configuration, at now: Timestamp) -> [FindOutcome?] {
        people.map { person in
            cache.records(of: MatchCache.Key(person, configuration), at: now).map { .found($0) }
        }
    }

    func insert(
        _ found: [(person: String, records: [FoundRecord])],
        for configuration: Configuration,
        at now: Timestamp
    ) {
        for (person, records) in found {
            cache.insert(records, for: MatchCache.Key(person, configuration), at: now)
        }
    }

    func drop(recordIDs: [String], at now: Timestamp) {
        for recordID in recordIDs { cache.drop(recordID: recordID, at: now) }
    }
}
