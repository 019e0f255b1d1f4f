import Consent
import HeapModule

/// A subject that waits in one configuration: small, since there may be a million of them.
struct WaitingSubject: Hashable, Sendable {
    var acceptedAt: Timestamp
    var dueAt: Timestamp?
    var attempts: UInt32
    var ambiguousTries: UInt8
    var isWithdrawal: Bool
    /// Whether it waits because its org or configuration did not answer, and so need not wait once that does.
    var followsOrg: Bool
    /// Whether it waited while nothing could go out.
    var hasWaited = false
    fileprivate var isReady = false
    fileprivate var generation: UInt32 = 0

    init(
        acceptedAt: Timestamp,
        dueAt: Timestamp? = nil,
        attempts: Int,
        ambiguousTries: UInt8 = 0,
        isWithdrawal: Bool,
        followsOrg: Bool = false,
        hasWaited: Bool = false
    ) {
        self.acceptedAt = acceptedAt
        self.dueAt = dueAt
        self.attempts = UInt32(clamping: attempts)
        self.ambiguousTries = ambiguousTries
        self.isWithdrawal = isWithdrawal
        self.followsOrg = followsOrg
        self.hasWaited = hasWaited
    }
}

/// The subjects of one configuration that wait: the ready ones by acceptance, the others by when they are due.
///
/// A subject that changes leaves its old queue entry behind; entries are checked when they surface, and swept when they outnumber the subjects.
struct WaitingSubjects: Sendable {
    private var subjects: [UInt32: WaitingSubject] = [:]
    private var withdrawals = Heap<Entry>()
    private var grants = Heap<Entry>()
    /// Those that wait for a moment of their own.
    private var timers = Heap<Entry>()
    /// Those that wait for a moment, or for their org to answer again.
    private var outage = Lanes()
    /// Those that need not wait any more, moved to the ready ones as these are used up.
    private var draining = Lanes()
    private var lastGeneration: UInt32 = 0
    /// Whatever was added up to here has waited.
    private var waitedThrough: UInt32 = 0
    /// Ready subjects that have waited.
    private var readyWaited = 0
    private(set) var readyWithdrawals = 0
    private(set) var readyGrants = 0

    var count: Int { subjects.count }

    var isDraining: Bool { !draining.isEmpty }

    /// The earliest moment at which a waiting subject becomes ready.
    var nextDueAt: Timestamp? {
        let due = [timers.min, outage.withdrawals.min, outage.grants.min].compactMap(\.?.at).min()
        return due.map { Timestamp(milliseconds: $0) }
    }

    func readyCount(withdrawalsOnly: Bool) -> Int {
        withdrawalsOnly ? readyWithdrawals : readyWithdrawals + readyGrants
    }

    /// Subjects that waited while nothing could go out and that may go out now.
    var backlogCount: Int { readyWaited + draining.count }

    /// Withdrawals that may go out now.
    var withdrawalBacklogCount: Int { readyWithdrawals + draining.withdrawals.count }

    /// Notes that everything here has waited.
    mutating func markWaited() {
        waitedThrough = lastGeneration
        readyWaited = readyWithdrawals + readyGrants
    }

    subscript(slot: UInt32) -> WaitingSubject? { subjects[slot] }

    /// Adds a subject or replaces what is known of it.
    mutating func insert(_ subject: WaitingSubject, slot: UInt32, at now: Timestamp) {
        var subject = subject
        subject.isReady = subject.dueAt.map { $0 <= now } ?? true
        if let old = subjects[slot] {
            if old.isReady, subject.isReady, old.isWithdrawal == subject.isWithdrawal {
                // Its place in the queue is right already.
                subject.acceptedAt = old.acceptedAt
                subject.generation = old.generation
                subject.hasWaited = old.hasWaited
                subjects[slot] = subject
                return
            }
            uncount(old)
        }
        lastGeneration &+= 1
        subject.generation = lastGeneration
        subjects[slot] = subject
        enqueue(subject, slot: slot)
        sweepIfNeeded()
    }

    mutating func remove(slot: UInt32) {
        guard let old = subjects.removeValue(forKey: slot) else { return }
        uncount(old)
    }

    mutating func removeAll() {
        self = WaitingSubjects()
    }

    /// Takes ready subjects out, withdrawals first, each by acceptance.
    mutating func takeReady(max: Int, withdrawalsOnly: Bool) -> [(slot: UInt32, subject: WaitingSubject)] {
        var taken: [(slot: UInt32, subject: WaitingSubject)] = []
        while taken.count < max, let entry = withdrawals.popMin() {
            if let subject = removeReady(entry, isWithdrawal: true) { taken.append((entry.slot, subject)) }
        }
        guard !withdrawalsOnly else { return taken }
        while taken.count < max, let entry = grants.popMin() {
            if let subject = removeReady(entry, isWithdrawal: false) { taken.append((entry.slot, subject)) }
        }
        return taken
    }

    /// Makes ready what is due and, of what is being drained, as much as keeps `drainMax` ready.
    mutating func wake(at now: Timestamp, drainMax: Int) {
        while let entry = timers.min, entry.at <= now.milliseconds {
            makeReady(timers.removeMin())
        }
        while let entry = outage.popMin(until: now) { makeReady(entry) }
        while readyWithdrawals + readyGrants < drainMax, let entry = draining.popFirst() { makeReady(entry) }
    }

    /// Ends the waiting of everything that waits for its org.
    mutating func drain() {
        if draining.isEmpty {
            swap(&draining, &outage)
        } else {
            draining.withdrawals.insert(contentsOf: outage.withdrawals.unordered)
            draining.grants.insert(contentsOf: outage.grants.unordered)
            outage = Lanes()
        }
    }

    private mutating func removeReady(_ entry: Entry, isWithdrawal: Bool) -> WaitingSubject? {
        guard var subject = subjects[entry.slot], subject.generation == entry.generation,
            subject.isReady, subject.isWithdrawal == isWithdrawal
        else { return nil }
        subjects.removeValue(forKey: entry.slot)
        uncount(subject)
        subject.hasWaited = hasWaited(subject)
        return subject
    }

    private mutating func makeReady(_ entry: Entry) {
        guard var subject = subjects[entry.slot], subject.generation == entry.generation, !subject.isReady else {
            return
        }
        subject.isReady = true
        subjects[entry.slot] = subject
        enqueue(subject, slot: entry.slot)
    }

    private mutating func enqueue(_ subject: WaitingSubject, slot: UInt32) {
        if subject.isReady {
            if hasWaited(subject) { readyWaited += 1 }
            let entry = Entry(at: subject.acceptedAt.milliseconds, slot: slot, generation: subject.generation)
            if subject.isWithdrawal {
                withdrawals.insert(entry)
                readyWithdrawals += 1
            } else {
                grants.insert(entry)
                readyGrants += 1
            }
            return
        }
        let due = subject.dueAt?.milliseconds ?? 0
        let entry = Entry(at: due, slot: slot, generation: subject.generation)
        if subject.followsOrg {
            outage.insert(entry, isWithdrawal: subject.isWithdrawal)
        } else {
            timers.insert(entry)
        }
    }

    private func hasWaited(_ subject: WaitingSubject) -> Bool {
        subject.hasWaited || subject.generation <= waitedThrough
    }

    private mutating func uncount(_ subject: WaitingSubject) {
        guard subject.isReady else { return }
        if hasWaited(subject) { readyWaited -= 1 }
        if subject.isWithdrawal {
            readyWithdrawals -= 1
        } else {
            readyGrants -= 1
        }
    }

    private mutating func sweepIfNeeded() {
        let entries = withdrawals.count + grants.count + timers.count + outage.count + draining.count
        guard entries > 2 * subjects.count + 1_024 else { return }
        let current = subjects
        func swept(_ heap: Heap<Entry>, ready: Bool) -> Heap<Entry> {
            Heap(
                heap.unordered.filter { entry in
                    guard let subject = current[entry.slot] else { return false }
                    return subject.generation == entry.generation && subject.isReady == ready
                }
            )
        }
        withdrawals = swept(withdrawals, ready: true)
        grants = swept(grants, ready: true)
        timers = swept(timers, ready: false)
        outage.withdrawals = swept(outage.withdrawals, ready: false)
        outage.grants = swept(outage.grants, ready: false)
        draining.withdrawals = swept(draining.withdrawals, ready: false)
        draining.grants = swept(draining.grants, ready: false)
    }

    /// Withdrawals and grants apart, so that the former leave first.
    private struct Lanes: Sendable {
        var withdrawals = Heap<Entry>()
        var grants = Heap<Entry>()

        var isEmpty: Bool { withdrawals.isEmpty && grants.isEmpty }

        var count: Int { withdrawals.count + grants.count }

        mutating func insert(_ entry: Entry, isWithdrawal: Bool) {
            if isWithdrawal { withdrawals.insert(entry) } else { grants.insert(entry) }
        }

        mutating func popFirst() -> Entry? {
            withdrawals.popMin() ?? grants.popMin()
        }

        mutating func popMin(until now: Timestamp) -> Entry? {
            if let entry = withdrawals.min, entry.at <= now.milliseconds { return withdrawals.popMin() }
            if let entry = grants.min, entry.at <= now.milliseconds { return grants.popMin() }
            return nil
        }
    }

    /// A place in a queue; it counts only while the subject still has this generation.
    private struct Entry: Comparable, Sendable {
        var at: Int64
        var slot: UInt32
        var generation: UInt32

        static func < (left: Entry, right: Entry) -> Bool {
            (left.at, left.slot) < (right.at, right.slot)
        }
    }
}
