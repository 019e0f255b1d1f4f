package import Consent

/// A job from its opening to its results.
extension DeliveryPlan {
    /// The job that a call has opened, with its rows; nil when there is no use for it any more.
    package func job(_ id: String, of call: CallID) -> BulkJob? {
        guard let call = calls[call], let bulk = configurations[call.configuration].bulk, bulk.stage == .opening else {
            return nil
        }
        let state = configurations[call.configuration]
        var rows: [BulkJob.Row] = []
        var places: [UInt32: Int] = [:]
        for item in bulk.items {
            guard let active = state.active[item.slot], let record = item.record else { continue }
            let place = places[item.slot] ?? rows.count
            if place == rows.count {
                places[item.slot] = place
                rows.append(BulkJob.Row(slot: item.slot, through: active.write.through, records: []))
            }
            rows[place].records.append(record)
        }
        return BulkJob(id: id, configuration: state.id, origin: orgs[call.org].name, rows: rows)
    }

    /// Takes over a job that an earlier process left behind.
    mutating func resume(_ job: BulkJob, _ writes: [SubjectWrite], at now: Timestamp) {
        let index = place(of: job.configuration)
        var bulk = BulkDrain(stage: .running, startedAt: now, origin: originPlace(job.origin))
        bulk.job = job.id
        bulk.dueAt = now
        let bySlot = Dictionary(writes.map { ($0.key.slot, $0) }, uniquingKeysWith: { first, _ in first })
        for row in job.rows {
            guard let write = bySlot[row.slot] else { continue }
            configurations[index].waiting.remove(slot: row.slot)
            configurations[index].active[row.slot] = ActiveSubject(
                write: write,
                acceptedAt: now,
                hasWaited: true,
                readySince: now,
                stage: .calling,
                outstanding: row.records.count
            )
            bulk.subjectCount += 1
            for record in row.records {
                locks.lock(record, origin: bulk.origin)
                bulk.items.append(CallItem(slot: row.slot, record: record))
            }
        }
        configurations[index].bulk = bulk
        touchOrg(of: index)
    }

    // MARK: Steps

    mutating func ask(_ request: DeliveryCall.Request, of index: Int, at now: Timestamp) {
        configurations[index].bulk?.isAsking = true
        let call = start(.bulk, items: [], of: index, at: now)
        self.request(request, for: call)
    }

    /// Takes in whether a job was opened and written down.
    package mutating func finished(_ id: CallID, opened report: CallReport<String>, at now: Timestamp) {
        guard let call = endStep(id, report) else { return }
        let index = call.configuration
        guard let job = report.outcomes.first, report.failure == nil else {
            noteStep(call, report.failure, holds: false, at: now)
            finishJob(of: index, [], at: now)
            return
        }
        noteAnswer(call, at: now)
        configurations[index].bulk?.job = job
        guard !isStopping else { return }
        guard isRunnable(index) else {
            abortJob(of: index, at: now)
            return
        }
        configurations[index].bulk?.stage = .uploading
        ask(.upload(updates(of: index), job: job), of: index, at: now)
    }

    /// Takes in what became of an upload; without a word of success the job itself is asked.
    package mutating func finished(_ id: CallID, uploaded report: CallReport<Never>, at now: Timestamp) {
        guard let call = endStep(id, report) else { return }
        configurations[call.configuration].bulk?.stage = .running
        scheduleCheck(of: call.configuration, at: now)
        if report.failure == nil {
            noteAnswer(call, at: now)
        } else {
            noteStep(call, report.failure, holds: false, at: now)
        }
    }

    /// Takes in how a job stands.
    package mutating func finished(_ id: CallID, checked report: CallReport<JobProgress>, at now: Timestamp) {
        guard let call = endStep(id, report) else { return }
        let index = call.configuration
        guard let progress = report.outcomes.first, report.failure == nil else {
            configurations[index].bulk?.wasRunning = false
            scheduleCheck(of: index, at: now)
            noteStep(call, report.failure, holds: true, at: now)
            return
        }
        noteAnswer(call, at: now)
        switch progress {
        case .open: abortJob(of: index, at: now)
        case .running:
            // The first look after trouble of the org's comes late by no fault of the job.
            let isOverdue = configurations[index].bulk?.wasRunning == true && isOverdue(index, at: now)
            configurations[index].bulk?.wasRunning = true
            if isOverdue { stopJob(of: index, at: now) } else { scheduleCheck(of: index, at: now) }
        case .over(let outcomes): finishJob(of: index, outcomes, at: now)
        case .gone: finishJob(of: index, [], at: now)
        }
    }

    /// Takes in whether a job was given up.
    package mutating func finished(_ id: CallID, aborted report: CallReport<Never>, at now: Timestamp) {
        guard let call = endStep(id, report) else { return }
        if configurations[call.configuration].bulk?.stage == .stopping {
            stopped(call, report.failure, at: now)
        } else if report.failure == nil {
            noteAnswer(call, at: now)
            finishJob(of: call.configuration, [], at: now)
        } else {
            configurations[call.configuration].bulk?.stage = .running
            scheduleCheck(of: call.configuration, at: now)
            noteStep(call, report.failure, holds: true, at: now)
        }
    }

    /// Takes in that the end of a configuration's job is durable.
    package mutating func recordedEnd(of id: ConfigurationID, at now: Timestamp) {
        guard let index = index(of: id), configurations[index].bulk?.stage == .ending else { return }
        configurations[index].bulk = nil
        touchOrg(of: index)
    }

    mutating func checkJob(of index: Int, at now: Timestamp) {
        let state = configurations[index]
        guard let bulk = state.bulk, let job = bulk.job, !bulk.isAsking, let dueAt = bulk.dueAt,
            state.hold == nil, orgs[state.org].pause == nil
        else { return }
        guard dueAt <= now else {
            wake(org: state.org, at: dueAt)
            return
        }
        if case .denied(let until) = permission(for: index, at: now) {
            if let until { wake(org: state.org, at: until) }
            return
        }
        guard orgs[state.org].callsInFlight < options.callsInFlightPerOrg else { return }
        ask(.check(bulk.items.compactMap { $0.record?.id }, job: job), of: index, at: now)
    }

    private mutating func abortJob(of index: Int, at now: Timestamp) {
        guard let job = configurations[index].bulk?.job, configurations[index].configuration != nil else { return }
        configurations[index].bulk?.stage = .aborting
        ask(.abort(job: job), of: index, at: now)
    }

    mutating func scheduleCheck(of index: Int, at now: Timestamp) {
        let checks = configurations[index].bulk?.checks ?? 0
        configurations[index].bulk?.dueAt = now + options.schedule.jobCheckGap(checks)
        configurations[index].bulk?.checks = checks + 1
        touchOrg(of: index)
    }

    private func updates(of index: Int) -> [RecordUpdate] {
        let state = configurations[index]
        return (state.bulk?.items ?? []).compactMap { item in
            guard let record = item.record, let active = state.active[item.slot] else { return nil }
            return RecordUpdate(recordID: record.id, fields: active.write.fields)
        }
    }

    /// Gives back the slot of a step; nil when the job is of no interest any more.
    private mutating func endStep<Outcome>(_ id: CallID, _ report: CallReport<Outcome>) -> CallState? {
        guard let call = calls[id] else { return nil }
        note(call, usage: report.usage, failure: report.failure)
        end(id)
        guard configurations[call.configuration].bulk?.isAsking == true else { return nil }
        configurations[call.configuration].bulk?.isAsking = false
        return call
    }

    /// Notes a step that failed; that jobs are refused says nothing of the configuration, unless one of its own is out.
    mutating func noteStep(_ call: CallState, _ failure: Failure?, holds: Bool, at now: Timestamp) {
        guard let failure else { return }
        switch failure.kind {
        case .transient: noteOutage(call, failure, at: now)
        case .orgPause: pause(org: call.org, for: failure, at: now)
        case .configuration:
            noteAnswer(call, at: now)
            if holds { hold(call.configuration, for: failure, at: now) }
        case .cancelled: break
        case .repairable, .convertedLead, .ambiguous, .record, .batch: noteAnswer(call, at: now)
        }
    }

    // MARK: Ends

    /// Takes the results of a job that is over; whatever has none goes the usual way.
    mutating func finishJob(of index: Int, _ outcomes: [WriteOutcome?], at now: Timestamp) {
        guard let bulk = configurations[index].bulk, bulk.stage != .gathering, bulk.stage != .ending else { return }
        let results: [WriteOutcome] =
            outcomes.count == bulk.items.count
            ? outcomes.map { $0 ?? .failed(.untouched(at: now)) }
            : bulk.items.map { _ in .failed(.untouched(at: now)) }
        let unanswered = results.count { $0.failure?.kind == .cancelled }
        if unanswered * 2 > results.count { configurations[index].bulkPausedUntil = now + options.bulkPause }
        if let job = bulk.job, configurations[index].configuration != nil {
            configurations[index].bulk = BulkDrain(stage: .ending, startedAt: now, origin: bulk.origin)
            pending.append(.jobEnded(job, configurations[index].id))
        } else {
            configurations[index].bulk = nil
        }
        let call = CallState(
            id: CallID(0),
            configuration: index,
            org: configurations[index].org,
            origin: bulk.origin,
            kind: .bulk,
            items: bulk.items,
            startedAt: now
        )
        take(results, of: call, at: now)
        touch(origin: bulk.origin)
    }
}
