import Consent
import Testing

@testable import TaskPool

struct PoolScheduleTests {
    private let start = ContinuousClock.now

    @Test func jobsStartInTheOrderInWhichTheyCame() {
        var schedule = PoolSchedule<Int>()
        let woken = (1...3).map { schedule.add($0) }
        #expect(woken == [nil, nil, nil], "nobody sleeps yet")
        let jobs = (1...4).map { _ in schedule.turn(of: 0, now: { start }).job }
        #expect(jobs == [1, 2, 3, nil])
    }

    @Test func theWorkerThatWasBusyLastIsWokenFirst() {
        var schedule = PoolSchedule<Int>()
        for worker in 0..<3 { _ = schedule.turn(of: worker, now: { start }) }
        let woken = (1...4).map { schedule.add($0) }
        #expect(woken == [2, 1, 0, nil])
    }

    @Test func timersFireInTheirOrderAndNeverBeforeTheirTime() {
        var schedule = PoolSchedule<Int>()
        for (job, delay) in [(1, 30), (2, 10), (3, 30), (4, 20)] {
            _ = schedule.add(job, at: start + .seconds(delay))
        }
        func jobs(after delay: Int) -> [Int] {
            var jobs: [Int] = []
            while let job = schedule.turn(of: 0, now: { start + .seconds(delay) }).job { jobs.append(job) }
            _ = schedule.wakesByItself(0)
            return jobs
        }
        #expect([9, 10, 29, 30].map(jobs) == [[], [2], [4], [1, 3]])
    }

    @Test func onlyTheTimekeeperSleepsUntilADeadline() {
        var schedule = PoolSchedule<Int>()
        _ = schedule.add(1, at: start + .seconds(5))
        let deadlines = (0...1).map { schedule.turn(of: $0, now: { start }).deadline }
        #expect(deadlines == [start + .seconds(5), nil])
        let woken = [9, 1].map { schedule.add($0, at: start + .seconds($0)) }
        #expect(woken == [nil, 0], "only where it has to wake up earlier")
        let isByItself = schedule.wakesByItself(0)
        #expect(!isByItself, "woken meanwhile")
        let deadline = schedule.turn(of: 0, now: { start }).deadline
        #expect(deadline == start + .seconds(1))
        let first = schedule.add(4)
        #expect(first == 1, "the timekeeper is left asleep")
    }

    @Test func aTimekeeperThatGetsWorkHandsTheTimersOn() {
        var schedule = PoolSchedule<Int>()
        for second in 1...2 { _ = schedule.add(second, at: start + .seconds(second)) }
        for worker in 0...1 { _ = schedule.turn(of: worker, now: { start }) }
        let isByItself = schedule.wakesByItself(0)
        #expect(isByItself)
        guard case .run(1, wakes: 1) = schedule.turn(of: 0, now: { start + .seconds(1) }) else {
            Issue.record("the timer's job, and the other worker for the next timer")
            return
        }
        let deadline = schedule.turn(of: 1, now: { start + .seconds(1) }).deadline
        #expect(deadline == start + .seconds(2))
    }

    @Test(arguments: 1...32 as ClosedRange<UInt64>)
    func everyJobRunsOnceAndNoneIsForgotten(seed: UInt64) {
        var pool = PoolModel(seed: seed, workers: Int(seed % 4) + 1, start: start)
        for _ in 0..<2_000 { pool.step() }
        pool.settle()
        #expect(pool.complaints.isEmpty, "seed \(seed): \(pool.complaints.prefix(3))")
        #expect(pool.ran.sorted() == Array(0..<pool.added))
        #expect(pool.added > 300)
    }

    @Test func aSignalThatGetsLostIsSeen() {
        var pool = PoolModel(seed: 7, workers: 2, start: start)
        pool.losesSignals = true
        for _ in 0..<2_000 where pool.complaints.isEmpty { pool.step() }
        #expect(!pool.complaints.isEmpty)
    }
}

/// Workers, a clock and callers, all of them moved by chance.
private struct PoolModel {
    private enum Worker {
        case awake, busy
        case asleep(until: ContinuousClock.Instant?)
    }

    private var schedule = PoolSchedule<Int>()
    private var generator: SeededGenerator
    private var workers: [Worker]
    private var now: ContinuousClock.Instant
    /// What has not run yet: jobs, and timers with their deadlines.
    private var waiting: Set<Int> = []
    private var dueAt: [Int: ContinuousClock.Instant] = [:]
    var losesSignals = false
    private(set) var ran: [Int] = []
    private(set) var added = 0
    private(set) var complaints: [String] = []

    init(seed: UInt64, workers: Int, start: ContinuousClock.Instant) {
        generator = SeededGenerator(seed: seed)
        self.workers = Array(repeating: .awake, count: workers)
        now = start
    }

    mutating func step() {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0, 1: add()
        case 2: now += .milliseconds(Int.random(in: 1...20, using: &generator))
        default: move(Int.random(in: workers.indices, using: &generator))
        }
        complainAboutForgottenWork()
    }

    /// Lets time pass until everything has run.
    mutating func settle() {
        for _ in 0..<1_000 where ran.count < added {
            now += .milliseconds(100)
            for worker in workers.indices { for _ in 0..<50 { move(worker) } }
        }
    }

    private mutating func add() {
        defer { added += 1 }
        if Bool.random(using: &generator) {
            waiting.insert(added)
            wake(schedule.add(added))
        } else {
            let deadline = now + .milliseconds(Int.random(in: -5...50, using: &generator))
            dueAt[added] = deadline
            wake(schedule.add(added, at: deadline))
        }
    }

    private mutating func wake(_ worker: Int?) {
        guard let worker, !losesSignals else { return }
        if case .asleep = workers[worker] { workers[worker] = .awake } else { complaints.append("woke one awake") }
    }

    private mutating func move(_ worker: Int) {
        switch workers[worker] {
        case .busy: workers[worker] = .awake
        case .asleep(let deadline?) where deadline <= now:
            if schedule.wakesByItself(worker) { workers[worker] = .awake } else { complaints.append("two timekeepers") }
        case .asleep: break
        case .awake:
            switch schedule.turn(of: worker, now: { [now] in now }) {
            case .run(let job, let other):
                waiting.remove(job)
                if let due = dueAt.removeValue(forKey: job), due > now { complaints.append("job \(job) ran early") }
                ran.append(job)
                workers[worker] = .busy
                wake(other)
            case .sleep(let deadline): workers[worker] = .asleep(until: deadline)
            }
        }
    }

    /// Whoever is awake looks for itself; but nobody may sleep while only busy ones are left to run or to mind something.
    private mutating func complainAboutForgottenWork() {
        var isAnyAsleep = false
        var alarm: ContinuousClock.Instant?
        for worker in workers {
            switch worker {
            case .awake: return
            case .busy: break
            case .asleep(let deadline):
                isAnyAsleep = true
                alarm = deadline ?? alarm
            }
        }
        guard isAnyAsleep else { return }
        if !waiting.isEmpty { complaints.append("asleep beside a job") }
        guard let first = dueAt.values.min() else { return }
        if alarm.map({ $0 > first }) ?? true { complaints.append("asleep beyond a timer") }
    }
}

extension PoolSchedule.Turn {
    fileprivate var job: Job? {
        if case .run(let job, _) = self { job } else { nil }
    }

    fileprivate var deadline: ContinuousClock.Instant? {
        if case .sleep(let deadline) = self { deadline } else { nil }
    }
}
