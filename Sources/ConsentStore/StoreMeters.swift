import CoreMetrics

/// What the store counts: handles that are made once, since a publish has no time to look one up.
struct StoreMeters {
    private let accepted: Counter
    private let replayed: Counter
    private let refused: Counter
    let records: Counter
    let markFailures: Counter
    let syncs: Timer

    init(_ metrics: any MetricsFactory) {
        func publishes(_ result: String) -> Counter {
            Counter(label: "consentd_publishes", dimensions: [("result", result)], factory: metrics)
        }
        accepted = publishes("accepted")
        replayed = publishes("replayed")
        refused = publishes("refused")
        records = Counter(label: "consentd_journal_records", factory: metrics)
        markFailures = Counter(label: "consentd_journal_mark_failures", factory: metrics)
        syncs = Timer(label: "consentd_journal_sync_seconds", factory: metrics)
    }

    func count(_ decision: StagedPublishes.Decision, _ settlement: StagedPublishes.Settlement) {
        switch (decision, settlement) {
        case (_, .refused), (.refused, _): refused.increment()
        case (.accepted, _): accepted.increment()
        case (.replayed, _): replayed.increment()
        }
    }
}
