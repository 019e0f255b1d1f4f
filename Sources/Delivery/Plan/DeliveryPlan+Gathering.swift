import Consent

/// How a backlog becomes the rows of a job.
extension DeliveryPlan {
    /// Does what is due for a configuration's job, or begins one where enough has waited.
    mutating func advanceBulk(of index: Int, at now: Timestamp) {
        guard let bulk = configurations[index].bulk else {
            beginGathering(of: index, at: now)
            return
        }
        switch bulk.stage {
        case .gathering:
            let latest = bulk.startedAt + options.bulkGathering
            if isGathered(index) || latest <= now {
                startJob(of: index, at: now)
            } else {
                wake(org: configurations[index].org, at: latest)
            }
        case .running: checkJob(of: index, at: now)
        case .opening, .uploading, .aborting, .stopping, .ending: break
        }
    }

    private mutating func beginGathering(of index: Int, at now: Timestamp) {
        let state = configurations[index]
        guard options.bulkThreshold > 0, state.waiting.backlogCount > options.bulkThreshold,
            isRunnable(index), permission(for: index, at: now) == .free,
            orgs[state.org].usedShare() < options.withdrawalsOnlyUsage,
            state.bulkPausedUntil.map({ $0 <= now }) ?? true
        else { return }
        configurations[index].bulk = BulkDrain(
            stage: .gathering,
            startedAt: now,
            origin: orgs[state.org].origin,
            takesWithdrawals: state.waiting.withdrawalBacklogCount > options.bulkThreshold
        )
        wake(org: state.org, at: now + options.bulkGathering)
    }

    /// Lets a found subject wait for the job if one is gathered for and takes it.
    mutating func gather(slot: UInt32, of index: Int) -> Bool {
        // Not held in a variable: an array held twice would be copied at every subject.
        guard configurations[index].bulk?.stage == .gathering, isRunnable(index),
            let active = configurations[index].active[slot], active.hasWaited,
            configurations[index].bulk?.takesWithdrawals == true || !active.write.isWithdrawal,
            let recordCount = configurations[index].bulk?.recordCount,
            recordCount + active.records.count <= options.bulkRecordsMax
        else { return false }
        configurations[index].active[slot]?.stage = .gathered
        configurations[index].bulk?.gathered.append(slot)
        configurations[index].bulk?.recordCount += active.records.count
        configurations[index].bulk?.subjectCount += 1
        return true
    }

    private func isGathered(_ index: Int) -> Bool {
        let state = configurations[index]
        guard let bulk = state.bulk, bulk.recordCount < options.bulkRecordsMax else { return true }
        return state.waiting.backlogCount == 0 && state.lookups.isEmpty && !takes.values.contains { $0.index == index }
            && !calls.values.contains { $0.configuration == index && $0.kind == .find }
    }

    private mutating func startJob(of index: Int, at now: Timestamp) {
        let org = configurations[index].org
        guard permission(for: index, at: now) == .free, orgs[org].callsInFlight < options.callsInFlightPerOrg else {
            return
        }
        let rows = rows(of: index)
        guard rows.count * 2 > options.bulkThreshold else {
            // Most were not found, or are busy: calls are quicker.
            stopGathering(of: index)
            return
        }
        let inJob = Set(rows.map(\.slot))
        stopGathering(of: index, without: inJob)
        for item in rows {
            configurations[index].active[item.slot]?.stage = .calling
            configurations[index].active[item.slot]?.outstanding += 1
            configurations[index].active[item.slot]?.records = []
            if let record = item.record { locks.lock(record, origin: orgs[org].origin) }
        }
        configurations[index].bulk = BulkDrain(
            stage: .opening,
            startedAt: now,
            origin: orgs[org].origin,
            subjectCount: inJob.count,
            items: rows
        )
        ask(.openJob, of: index, at: now)
    }

    /// Everything gathered that no call touches, each record once, withdrawals first and siblings together.
    private func rows(of index: Int) -> [CallItem] {
        guard let bulk = configurations[index].bulk else { return [] }
        var seen: Set<String> = []
        var rows: [(isGrant: Bool, parent: String, item: CallItem)] = []
        for slot in bulk.gathered {
            guard let active = configurations[index].active[slot], active.stage == .gathered,
                active.records.allSatisfy({ locks.isFree($0, origin: bulk.origin) && !seen.contains($0.id) })
            else { continue }
            for record in active.records {
                seen.insert(record.id)
                rows.append((!active.write.isWithdrawal, record.parentID ?? "", CallItem(slot: slot, record: record)))
            }
        }
        rows.sort { ($0.isGrant ? 1 : 0, $0.parent) < ($1.isGrant ? 1 : 0, $1.parent) }
        return rows.map(\.item)
    }

    /// Ends the gathering; calls write those that were found, except for these.
    mutating func stopGathering(of index: Int, without others: Set<UInt32> = []) {
        guard let bulk = configurations[index].bulk, bulk.stage == .gathering else { return }
        configurations[index].bulk = nil
        for slot in bulk.gathered where !others.contains(slot) {
            guard configurations[index].active[slot]?.stage == .gathered else { continue }
            configurations[index].active[slot]?.stage = .update
            configurations[index].updates.append(slot)
        }
    }
}
