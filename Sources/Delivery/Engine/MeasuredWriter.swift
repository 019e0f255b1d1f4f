import Consent

/// Counts what another writer does.
struct MeasuredWriter: RecordWriter {
    let base: any RecordWriter
    let meters: DeliveryMeters

    private func count<Outcome>(
        _ kind: CallKind,
        _ report: CallReport<Outcome>,
        _ configuration: Configuration,
        written outcomes: [WriteOutcome?] = []
    ) -> CallReport<Outcome> {
        let written = outcomes.count { if case .written = $0 { true } else { false } }
        meters.count(kind, calls: report.calls, recordsWritten: written, for: configuration.id)
        return report
    }

    func remembered(_ people: [String], for configuration: Configuration) async -> [[FoundRecord]?] {
        await base.remembered(people, for: configuration)
    }

    func find(_ people: [String], for configuration: Configuration) async -> CallReport<FindOutcome> {
        count(.find, await base.find(people, for: configuration), configuration)
    }

    func update(_ writes: [RecordUpdate], for configuration: Configuration) async -> CallReport<WriteOutcome> {
        let report = await base.update(writes, for: configuration)
        return count(.update, report, configuration, written: report.outcomes)
    }

    func create(_ writes: [RecordCreation], for configuration: Configuration) async -> CallReport<WriteOutcome> {
        let report = await base.create(writes, for: configuration)
        return count(.create, report, configuration, written: report.outcomes)
    }

    func openJob(for configuration: Configuration) async -> CallReport<String> {
        count(.bulk, await base.openJob(for: configuration), configuration)
    }

    func upload(_ writes: [RecordUpdate], to job: String, for configuration: Configuration) async -> CallReport<Never> {
        count(.bulk, await base.upload(writes, to: job, for: configuration), configuration)
    }

    func check(_ job: String, of recordIDs: [String], for configuration: Configuration) async -> CallReport<JobProgress>
    {
        let report = await base.check(job, of: recordIDs, for: configuration)
        guard case .over(let outcomes) = report.outcomes.first else { return count(.bulk, report, configuration) }
        return count(.bulk, report, configuration, written: outcomes)
    }

    func abort(_ job: String, for configuration: Configuration) async -> CallReport<Never> {
        count(.bulk, await base.abort(job, for: configuration), configuration)
    }

    func probe(_ configuration: Configuration) async -> CallReport<Never> {
        count(.probe, await base.probe(configuration), configuration)
    }
}
