import Consent
import DequeModule

/// Which call goes out next.
extension DeliveryPlan {
    /// Looks at an org for everything that can be done now and notes when to look again.
    mutating func evaluate(org: Int, at now: Timestamp) {
        orgs[org].isDirty = false
        orgs[org].wakeAt = nil
        for index in orgs[org].configurations {
            configurations[index].waiting.wake(at: now, drainMax: options.drainedReadyMax)
            noteReadiness(of: index, at: now)
            if let due = configurations[index].waiting.nextDueAt { wake(org: org, at: due) }
        }
        if orgs[org].usedShare() >= options.withdrawalsOnlyUsage {
            for index in orgs[org].configurations { releaseIdle(of: index, grantsOnly: true) }
        }
        startProbes(org: org, at: now)
        for index in orgs[org].configurations { advanceBulk(of: index, at: now) }
        while orgs[org].callsInFlight < options.callsInFlightPerOrg, let batch = bestBatch(org: org, at: now) {
            let before = orgs[org].callsInFlight
            start(batch, at: now)
            guard orgs[org].callsInFlight > before else { break }
        }
        // After the calls that are due: it makes room for what is taken.
        startTakes(org: org, at: now)
        startRecoveryProbe(org: org, at: now)
    }

    /// Notes that an org must be looked at no later than at this moment.
    mutating func wake(org: Int, at moment: Timestamp) {
        orgs[org].wakeAt = orgs[org].wakeAt.map { min($0, moment) } ?? moment
    }

    /// Something that could go out in one call.
    struct Batch {
        var configuration: Int
        var kind: CallKind
        var items: [CallItem]
        var size: Int
        var isFull: Bool
        var hasWithdrawal: Bool
        /// When gathering for it began.
        var since: Timestamp
        /// Lower goes first: a lookup ahead of need, writes, other lookups.
        var rank: Int
        var callsInFlight: Int

        func precedes(_ other: Batch) -> Bool {
            if hasWithdrawal != other.hasWithdrawal { return hasWithdrawal }
            if callsInFlight != other.callsInFlight { return callsInFlight < other.callsInFlight }
            if rank != other.rank { return rank < other.rank }
            return since < other.since
        }
    }

    private mutating func bestBatch(org: Int, at now: Timestamp) -> Batch? {
        guard orgs[org].pause == nil, !isStopping else { return nil }
        let members = orgs[org].configurations
        guard !members.isEmpty else { return nil }
        let runnable = members.count(where: { configurations[$0].isRunnable })
        // The last slot is never taken by the configuration that has all the others.
        let slots = runnable > 1 ? max(1, options.callsInFlightPerOrg - 1) : options.callsInFlightPerOrg
        let isScarce = orgs[org].usedShare() >= options.scarceUsage
        let withdrawalsOnly = orgs[org].usedShare() >= options.withdrawalsOnlyUsage
        let isIdle = orgs[org].callsInFlight == 0
        var best: Batch?
        for offset in members.indices {
            let index = members[(offset + orgs[org].turn) % members.count]
            guard isRunnable(index), configurations[index].callsInFlight < slots else { continue }
            guard let isTrial = startsAsTrial(index, org: org, at: now) else { continue }
            for batch in batches(of: index, withdrawalsOnly: withdrawalsOnly) {
                let gathering = gathering(isScarce: isScarce, batch.hasWithdrawal)
                let isWaited = isIdle && (!isScarce || batch.hasWithdrawal)
                guard batch.isFull || isWaited || isTrial || batch.since + gathering <= now else {
                    wake(org: org, at: batch.since + gathering)
                    continue
                }
                if best.map({ batch.precedes($0) }) ?? true { best = batch }
            }
        }
        return best
    }

    /// Whether what a configuration starts now is the trial of a breaker; nil where nothing may start, which is looked at
    /// again once something may.
    mutating func startsAsTrial(_ index: Int, org: Int, at now: Timestamp) -> Bool? {
        switch permission(for: index, at: now) {
        case .free: return false
        case .trial: return true
        case .denied(let until):
            if let until { wake(org: org, at: until) }
            return nil
        }
    }

    private func batches(of index: Int, withdrawalsOnly: Bool) -> [Batch] {
        [
            lookup(of: index, withdrawalsOnly: withdrawalsOnly),
            writes(.update, of: index, withdrawalsOnly: withdrawalsOnly),
            writes(.create, of: index, withdrawalsOnly: withdrawalsOnly),
        ].compactMap(\.self)
    }

    /// Subjects that are being looked up, or found and not written yet.
    func foundCount(of index: Int) -> Int {
        let finding = calls.values.reduce(0) { sum, call in
            call.configuration == index && call.kind == .find ? sum + call.items.count : sum
        }
        return finding + configurations[index].updates.count + configurations[index].creations.count
    }

    /// The subjects that wait to be looked up, withdrawals first.
    ///
    /// Grants that were found and cannot be written yet never keep a withdrawal from being looked up.
    private func lookup(of index: Int, withdrawalsOnly: Bool) -> Batch? {
        let withdrawalsOnly = withdrawalsOnly || foundCount(of: index) >= options.foundSubjectsMax
        var withdrawals: [CallItem] = []
        var grants: [CallItem] = []
        var since: Timestamp?
        for slot in configurations[index].lookups {
            guard let active = configurations[index].active[slot], active.stage == .lookup else { continue }
            if active.write.isWithdrawal {
                withdrawals.append(CallItem(slot: slot))
            } else if !withdrawalsOnly {
                grants.append(CallItem(slot: slot))
            } else {
                continue
            }
            since = min(since ?? active.readySince, active.readySince)
        }
        guard let since else { return nil }
        let items = Array((withdrawals + grants).prefix(options.findPeopleMax))
        let isFull = items.count >= options.findPeopleMax
        return Batch(
            configuration: index,
            kind: .find,
            items: items,
            size: items.count,
            isFull: isFull,
            hasWithdrawal: !withdrawals.isEmpty,
            since: since,
            rank: isFull ? 0 : 2,
            callsInFlight: configurations[index].callsInFlight
        )
    }

    /// The found subjects that may be written now, withdrawals first, without those that would touch what another call touches.
    private func writes(_ kind: CallKind, of index: Int, withdrawalsOnly: Bool) -> Batch? {
        let queue = kind == .update ? configurations[index].updates : configurations[index].creations
        guard !queue.isEmpty else { return nil }
        let stage: ActiveSubject.Stage = kind == .update ? .update : .creation
        var items: [CallItem] = []
        var recordIDs: Set<String> = []
        var since: Timestamp?
        var hasWithdrawal = false
        for isWithdrawal in withdrawalsOnly ? [true] : [true, false] {
            for slot in queue {
                guard items.count < options.batchRecordsMax else { break }
                guard let active = configurations[index].active[slot], active.stage == stage,
                    active.write.isWithdrawal == isWithdrawal
                else { continue }
                let room = options.batchRecordsMax - items.count
                let added =
                    kind == .update ? recordItems(active, slot: slot, index, room, &recordIDs) : [CallItem(slot: slot)]
                guard !added.isEmpty else { continue }
                items += added
                hasWithdrawal = hasWithdrawal || isWithdrawal
                since = min(since ?? active.readySince, active.readySince)
            }
        }
        guard let since else { return nil }
        return Batch(
            configuration: index,
            kind: kind,
            items: items,
            size: items.count,
            isFull: items.count >= options.batchRecordsMax,
            hasWithdrawal: hasWithdrawal,
            since: since,
            rank: 1,
            callsInFlight: configurations[index].callsInFlight
        )
    }

    private func recordItems(
        _ active: ActiveSubject,
        slot: UInt32,
        _ index: Int,
        _ room: Int,
        _ recordIDs: inout Set<String>
    ) -> [CallItem] {
        // A subject goes whole, unless it alone is more than a batch.
        guard active.records.count <= room || room == options.batchRecordsMax else { return [] }
        let origin = orgs[configurations[index].org].origin
        let records = active.records.prefix(room)
        guard records.allSatisfy({ locks.isFree($0, origin: origin) && !recordIDs.contains($0.id) }) else { return [] }
        for record in records { recordIDs.insert(record.id) }
        return records.map { CallItem(slot: slot, record: $0) }
    }
}
