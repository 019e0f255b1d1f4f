package import Consent
import DequeModule

/// From waiting in the store to being looked up or found.
///
/// A take is no call: it holds no slot, so that subjects are taken, and those found whose records are remembered, while all
/// calls are out. How far ahead is bounded by `takenSubjectsMax`.
extension DeliveryPlan {
    /// Takes what is due of each configuration whose calls may start.
    mutating func startTakes(org: Int, at now: Timestamp) {
        let isScarce = orgs[org].usedShare() >= options.scarceUsage
        for index in orgs[org].configurations where isRunnable(index) {
            guard let isTrial = startsAsTrial(index, org: org, at: now) else { continue }
            let (room, withdrawalsOnly) = intake(of: index)
            let ready = min(room, configurations[index].waiting.readyCount(withdrawalsOnly: withdrawalsOnly))
            guard ready > 0 else { continue }
            let hasWithdrawal = configurations[index].waiting.readyWithdrawals > 0
            let isFull = ready >= options.findPeopleMax
            let due = (configurations[index].readySince ?? now) + gathering(isScarce: isScarce, hasWithdrawal)
            guard isFull || isTrial || isIdle(org, isScarce: isScarce, hasWithdrawal) || due <= now else {
                wake(org: org, at: due)
                continue
            }
            take(ready, of: index, withdrawalsOnly: withdrawalsOnly, at: now)
        }
    }

    /// How long a batch gathers that is not full.
    func gathering(isScarce: Bool, _ hasWithdrawal: Bool) -> Duration {
        isScarce && !hasWithdrawal ? options.gatheringWhenScarce : options.gathering
    }

    /// Whether nothing is under way that one would gather behind.
    private func isIdle(_ org: Int, isScarce: Bool, _ hasWithdrawal: Bool) -> Bool {
        orgs[org].callsInFlight == 0 && (!isScarce || hasWithdrawal)
            && !takes.values.contains { configurations[$0.index].org == org }
    }

    /// How many more subjects may be taken, and whether grants are among them.
    ///
    /// Grants that are looked up or found and cannot be written yet never keep a withdrawal from being taken.
    private func intake(of index: Int) -> (room: Int, withdrawalsOnly: Bool) {
        let state = configurations[index]
        let taking = takes.values.reduce(0) { $1.index == index ? $0 + $1.slots.count : $0 }
        let ahead = taking + state.lookups.count + foundCount(of: index)
        let room = max(0, options.activeSubjectsMax - state.active.count + (state.bulk?.subjectCount ?? 0))
        let isReserved = orgs[state.org].usedShare() >= options.withdrawalsOnlyUsage
        return (min(room, options.findPeopleMax), isReserved || ahead >= options.takenSubjectsMax)
    }

    private mutating func take(_ count: Int, of index: Int, withdrawalsOnly: Bool, at now: Timestamp) {
        guard let configuration = configurations[index].configuration else { return }
        let taken = configurations[index].waiting.takeReady(max: count, withdrawalsOnly: withdrawalsOnly)
        let since = configurations[index].readySince ?? now
        configurations[index].readySince = nil
        noteReadiness(of: index, at: now)
        let keys = taken.map { SubjectKey(configuration: configuration.id, slot: $0.slot) }
        for (key, taken) in zip(keys, taken) {
            configurations[index].active[key.slot] = ActiveSubject(taken.subject, key: key, since: since)
        }
        guard !keys.isEmpty else { return }
        let id = nextCallID()
        takes[id] = Take(index: index, configuration: configuration, slots: keys.map(\.slot))
        pending.append(.call(DeliveryCall(id: id, configuration: configuration, request: .take(keys))))
    }

    /// Takes in what the store gave; answers with the people that may be remembered, none when the take is over already.
    ///
    /// `writes` may lack subjects that have nothing left. What is remembered of the people goes to `remembered`, in their order.
    package mutating func taken(_ id: CallID, _ writes: [SubjectWrite], at now: Timestamp) -> [String] {
        guard let take = takes[id] else { return [] }
        let bySlot = Dictionary(writes.map { ($0.key.slot, $0) }, uniquingKeysWith: { first, _ in first })
        var slots: [UInt32] = []
        var people: [String] = []
        for slot in take.slots {
            guard let write = bySlot[slot] else {
                forget(slot: slot, of: take.index, at: now)
                continue
            }
            configurations[take.index].active[slot]?.write = write
            guard claimPerson(slot: slot, of: take.index, at: now) else { continue }
            slots.append(slot)
            people.append(write.organizationUserID)
        }
        takes[id]?.slots = slots
        if people.isEmpty { remembered(id, [], at: now) }
        return people
    }

    /// Takes in which records are remembered of the people of a take; whoever is not remembered is looked up.
    package mutating func remembered(_ id: CallID, _ records: [[FoundRecord]?], at now: Timestamp) {
        guard let take = takes.removeValue(forKey: id) else { return }
        let index = take.index
        // What is remembered may belong to another org by now.
        let isUnchanged = configurations[index].configuration == take.configuration
        for (offset, slot) in take.slots.enumerated() {
            if isUnchanged, records.indices.contains(offset), let records = records[offset] {
                found(records, slot: slot, of: index, at: now)
            } else {
                lookUp(slot: slot, of: index)
            }
        }
        touchOrg(of: index)
        if !mayWait(index, at: now) { releaseIdle(of: index) }
    }

    /// Whether what is taken may wait for a call: one is allowed now, or a trial that is out decides.
    private func mayWait(_ index: Int, at now: Timestamp) -> Bool {
        guard isRunnable(index) else { return false }
        return switch permission(for: index, at: now) {
        case .free, .trial, .denied(until: nil): true
        case .denied: false
        }
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
        return false
    }

    /// Drops a subject for which the store had nothing left.
    private mutating func forget(slot: UInt32, of index: Int, at now: Timestamp) {
        let newer = configurations[index].active.removeValue(forKey: slot)?.newer
        if let newer { wait(newer, in: index, at: now) }
    }

    /// Gives back a grant that waits for a call, once its person has denied something: that goes out in its place.
    mutating func giveWay(slot: UInt32, of index: Int) {
        guard let active = configurations[index].active[slot], active.newer?.isWithdrawal == true,
            !active.write.isWithdrawal, active.unknownCreation == nil
        else { return }
        switch active.stage {
        case .lookup: configurations[index].lookups.removeAll { $0 == slot }
        case .update: configurations[index].updates.removeAll { $0 == slot }
        case .creation: configurations[index].creations.removeAll { $0 == slot }
        case .taking, .blocked, .gathered, .calling, .recording: return
        }
        release(slot: slot, of: index)
    }

    /// Drops a take that was asked for and never made.
    mutating func abandonTake(_ id: CallID) {
        guard let take = takes.removeValue(forKey: id) else { return }
        for slot in take.slots { configurations[take.index].active[slot] = nil }
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
}
