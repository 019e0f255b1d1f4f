import Consent

extension ConsentState {
    /// Puts what the jobs of an earlier process hold back in flight, so that nothing else writes it, and announces them.
    mutating func resumeJobs() {
        for job in jobs {
            guard let index = configurationIndexes[job.configuration] else { continue }
            for row in job.rows where row.slot < configurations[index].subjects.count {
                let open = configurations[index].subjects[Int(row.slot)].open.filter { $0 <= row.through }
                // Also where nothing of it is undelivered any more: the job may write it yet, and newer choices must follow.
                configurations[index].subjects[Int(row.slot)].inFlight = open.isEmpty ? [row.through] : open
            }
            effects.outbox.append(.job(job.id, of: job.configuration))
        }
    }

    /// A job of an earlier process with what its rows write; nil when it is gone.
    ///
    /// A write covers the events that were in the job, though its fields may know newer choices too.
    func left(job id: String, of configuration: ConfigurationID) -> OutboxChange? {
        guard let job = jobs.first(where: { $0.id == id && $0.configuration == configuration }),
            let index = configurationIndexes[configuration]
        else { return nil }
        let writes = job.rows.map { row in
            let key = SubjectKey(configuration: configuration, slot: row.slot)
            var write =
                configurations[index].write(for: key)
                ?? SubjectWrite(
                    key: key,
                    organizationUserID: configurations[index].subjects[Int(row.slot)].organizationUserID,
                    fields: [],
                    isWithdrawal: false,
                    through: row.through,
                    attempts: 0
                )
            write.through = row.through
            return write
        }
        return .job(job, writes)
    }
}
