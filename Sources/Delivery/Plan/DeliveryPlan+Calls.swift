package import Consent
import DequeModule

/// From a batch to a call, and from a call back to free slots and locks.
extension DeliveryPlan {
    mutating func start(_ batch: Batch, at now: Timestamp) {
        orgs[configurations[batch.configuration].org].turn += 1
        switch batch.kind {
        case .find: startFind(batch.items, of: batch.configuration, at: now)
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

    private mutating func startFind(_ items: [CallItem], of index: Int, at now: Timestamp) {
        for item in items { configurations[index].active[item.slot]?.send(nil) }
        let sent = Set(items.map(\.slot))
        configurations[index].lookups.removeAll { sent.contains($0) }
        let call = start(.find, items: items, of: index, at: now)
        request(.find(people(of: call)), for: call)
    }

    private mutating func startWrite(_ batch: Batch, at now: Timestamp) {
        let index = batch.configuration
        let origin = orgs[configurations[index].org].origin
        for item in batch.items {
            configurations[index].active[item.slot]?.send(item.record)
            if let record = item.record { locks.lock(record, origin: origin) }
        }
        let sent = Set(batch.items.map(\.slot))
        if batch.kind == .update {
            configurations[index].updates.removeAll { sent.contains($0) }
        } else {
            configurations[index].creations.removeAll { sent.contains($0) }
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
        abandonTake(id)
        guard let call = calls[id] else { return }
        let items = call.items + call.parts.flatMap(\.self)
        unlock(items, of: call)
        for slot in Set(items.map(\.slot)) { release(slot: slot, of: call.configuration) }
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
    /// Goes out: with one of its records, or to be looked up or created.
    mutating func send(_ record: FoundRecord?) {
        stage = .calling
        outstanding += 1
        if let record { records.removeAll { $0.id == record.id } }
    }
}
