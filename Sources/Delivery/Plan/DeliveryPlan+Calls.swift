package import Consent
import DequeModule

/// From a batch to a call, and from a call back to free slots and locks.
extension DeliveryPlan {
    mutating func start(_ batch: Batch, at now: Timestamp) {
        orgs[configurations[batch.configuration].org].turn += 1
        switch batch.kind {
        case .find: startFind(batch.configuration, at: now)
        case .update, .create: startWrite(batch, at: now)
        case .bulk, .probe: break
        }
    }

    mutating func start(_ kind: CallKind, items: [CallItem], of index: Int, at now: Timestamp) -> CallID {
        let id = nextCallID()
        let isTrial = kind != .probe && permission(for: index, at: now) == .trial
        let org = configurations[index].org
        calls[id] = CallState(
            id: id,
            configuration: index,
            org: org,
            origin: orgs[org].origin,
            kind: kind,
            items: items,
            startedAt: now,
            isTrial: isTrial
        )
        configurations[index].callsInFlight += 1
        orgs[org].callsInFlight += 1
        return id
    }

    mutating func request(_ request: DeliveryCall.Request, for id: CallID) {
        guard let call = calls[id], let configuration = configurations[call.configuration].configuration else { return }
        pending.append(.call(DeliveryCall(id: id, configuration: configuration, request: request)))
    }

    private mutating func startFind(_ index: Int, at now: Timestamp) {
        let org = configurations[index].org
        let withdrawalsOnly = orgs[org].usedShare() >= options.withdrawalsOnlyUsage
        var items: [CallItem] = []
        while items.count < options.findPeopleMax, let slot = configurations[index].lookups.popFirst() {
            guard configurations[index].active[slot]?.stage == .lookup else { continue }
            configurations[index].active[slot]?.stage = .calling
            configurations[index].active[slot]?.outstanding = 1
            items.append(CallItem(slot: slot))
        }
        let intake = intake(of: index, withdrawalsOnly: withdrawalsOnly)
        let taken = configurations[index].waiting.takeReady(
            max: min(intake.room, options.findPeopleMax - items.count),
            withdrawalsOnly: intake.withdrawalsOnly
        )
        let since = configurations[index].readySince ?? now
        let id = configurations[index].id
        for (slot, subject) in taken {
            configurations[index].active[slot] = ActiveSubject(
                subject,
                key: SubjectKey(configuration: id, slot: slot),
                since: since
            )
            items.append(CallItem(slot: slot))
        }
        configurations[index].readySince = nil
        noteReadiness(of: index, at: now)
        guard !items.isEmpty else { return }
        let call = start(.find, items: items, of: index, at: now)
        if taken.isEmpty {
            request(.find(people(of: call)), for: call)
        } else {
            request(.take(taken.map { SubjectKey(configuration: id, slot: $0.slot) }), for: call)
        }
    }

    private mutating func startWrite(_ batch: Batch, at now: Timestamp) {
        let index = batch.configuration
        let origin = orgs[configurations[index].org].origin
        for item in batch.items {
            configurations[index].active[item.slot]?.send(item.record)
            if let record = item.record { locks.lock(record, origin: origin) }
        }
        let active = configurations[index].active
        if batch.kind == .update {
            configurations[index].updates.removeAll { active[$0]?.stage != .update }
        } else {
            configurations[index].creations.removeAll { active[$0]?.stage != .creation }
        }
        let call = start(batch.kind, items: batch.items, of: index, at: now)
        requestItems(of: call)
    }

    /// Asks for what the call's items need, for the whole batch or a part of it.
    mutating func requestItems(of id: CallID) {
        guard let call = calls[id] else { return }
        let active = configurations[call.configuration].active
        switch call.kind {
        case .find:
            request(.find(people(of: id)), for: id)
        case .update:
            let writes = call.items.compactMap { item -> RecordUpdate? in
                guard let record = item.record, let subject = active[item.slot] else { return nil }
                return RecordUpdate(
                    recordID: record.id,
                    fields: subject.write.fields,
                    isWithdrawal: subject.write.isWithdrawal
                )
            }
            request(.update(writes), for: id)
        case .create:
            let writes = call.items.compactMap { item -> RecordCreation? in
                guard let subject = active[item.slot] else { return nil }
                return RecordCreation(
                    organizationUserID: subject.write.organizationUserID,
                    fields: subject.write.fields
                )
            }
            request(.create(writes), for: id)
        case .probe:
            request(.probe, for: id)
        case .bulk: break
        }
    }

    /// The subjects of a call, as the store knows them.
    package func subjects(of id: CallID) -> [SubjectKey] {
        guard let call = calls[id] else { return [] }
        let configuration = configurations[call.configuration].id
        return call.items.map { SubjectKey(configuration: configuration, slot: $0.slot) }
    }

    private func people(of id: CallID) -> [String] {
        guard let call = calls[id] else { return [] }
        let active = configurations[call.configuration].active
        return call.items.compactMap { active[$0.slot]?.write.organizationUserID }
    }

    /// Takes in what the store gave for a `take`; answers with the people to find, none when the call is over already.
    ///
    /// `writes` may lack subjects that have nothing left. The order of the people is that of the report's outcomes.
    package mutating func taken(_ id: CallID, _ writes: [SubjectWrite], at now: Timestamp) -> [String] {
        guard let call = calls[id] else { return [] }
        let index = call.configuration
        let bySlot = Dictionary(writes.map { ($0.key.slot, $0) }, uniquingKeysWith: { first, _ in first })
        var items: [CallItem] = []
        for item in call.items {
            guard configurations[index].active[item.slot]?.stage == .taking else {
                items.append(item)
                continue
            }
            guard let write = bySlot[item.slot] else {
                forget(slot: item.slot, of: index, at: now)
                continue
            }
            configurations[index].active[item.slot]?.write = write
            configurations[index].active[item.slot]?.stage = .calling
            configurations[index].active[item.slot]?.outstanding = 1
            if claimPerson(slot: item.slot, of: index, at: now) { items.append(item) }
        }
        calls[id]?.items = items
        guard isRunnable(index) else {
            // It was held while the store answered.
            for item in items { release(slot: item.slot, of: index) }
            releaseIdle(of: index)
            calls[id]?.items = []
            end(id)
            return []
        }
        guard !items.isEmpty else {
            end(id)
            return []
        }
        return people(of: id)
    }

    /// Where persons may be created, only one subject at a time works on a person.
    private mutating func claimPerson(slot: UInt32, of index: Int, at now: Timestamp) -> Bool {
        let lostCreation = configurations[index].lostCreations.removeValue(forKey: slot)
        guard let configuration = configurations[index].configuration, configuration.upsertMode,
            let active = configurations[index].active[slot]
        else { return true }
        let person = PersonKey(
            origin: orgs[configurations[index].org].origin,
            configuration: configuration,
            person: active.write.organizationUserID
        )
        configurations[index].active[slot]?.person = person
        if let lostCreation { locks.unsettle(person, until: lostCreation, at: now) }
        if locks.claim(person, for: active.write.key) { return true }
        configurations[index].active[slot]?.stage = .blocked
        configurations[index].active[slot]?.outstanding = 0
        return false
    }

    /// Drops a subject for which the store had nothing left.
    private mutating func forget(slot: UInt32, of index: Int, at now: Timestamp) {
        let newer = configurations[index].active.removeValue(forKey: slot)?.newer
        if let newer { wait(newer, in: index, at: now) }
    }

    /// Gives back the slot of a call that is over.
    mutating func end(_ id: CallID) {
        guard let call = calls.removeValue(forKey: id) else { return }
        configurations[call.configuration].callsInFlight -= 1
        orgs[call.org].callsInFlight -= 1
        if call.locksRecords { touch(origin: call.origin) }
        orgs[call.org].isDirty = true
    }

    /// Drops a call that was asked for and never made.
    mutating func abandon(_ id: CallID) {
        guard let call = calls[id] else { return }
        let items = call.items + call.parts.flatMap(\.self)
        unlock(items, of: call)
        for slot in Set(items.map(\.slot)) {
            if configurations[call.configuration].active[slot]?.stage == .taking {
                configurations[call.configuration].active[slot] = nil
            } else {
                release(slot: slot, of: call.configuration)
            }
        }
        end(id)
    }

    mutating func unlock(_ items: [CallItem], of call: CallState) {
        guard call.locksRecords else { return }
        for item in items {
            if let record = item.record { locks.unlock(record, origin: call.origin) }
        }
    }

    /// Keeps what the org said of its allocation and of what went wrong.
    mutating func note(_ call: CallState, usage: APIUsage?, failure: Failure?) {
        if let usage { orgs[call.org].usage = usage }
        if let failure, failure.kind != .cancelled { configurations[call.configuration].lastFailure = failure }
    }
}

extension ActiveSubject {
    /// A subject that is about to be taken; what there is to write is not known yet.
    init(_ subject: WaitingSubject, key: SubjectKey, since: Timestamp) {
        self.init(
            write: SubjectWrite(
                key: key,
                organizationUserID: "",
                fields: [],
                isWithdrawal: subject.isWithdrawal,
                through: SequenceNumber(0),
                attempts: Int(subject.attempts)
            ),
            acceptedAt: subject.acceptedAt,
            hasWaited: subject.hasWaited,
            readySince: since,
            stage: .taking,
            ambiguousTries: subject.ambiguousTries
        )
    }

    /// Goes out with one of its records, or to have one created.
    mutating func send(_ record: FoundRecord?) {
        stage = .calling
        outstanding += 1
        if let record { records.removeAll { $0.id == record.id } }
    }
}
