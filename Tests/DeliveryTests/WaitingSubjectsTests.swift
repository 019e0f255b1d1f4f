import Consent
import Testing

@testable import Delivery

@Suite struct WaitingSubjectsTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    private func subject(
        _ acceptedAt: Int64,
        dueIn: Duration? = nil,
        isWithdrawal: Bool = false,
        followsOrg: Bool = false
    ) -> WaitingSubject {
        WaitingSubject(
            acceptedAt: Timestamp(milliseconds: acceptedAt),
            dueAt: dueIn.map { now + $0 },
            attempts: 0,
            isWithdrawal: isWithdrawal,
            followsOrg: followsOrg
        )
    }

    @Test func withdrawalsComeFirstAndEachByAcceptance() {
        var waiting = WaitingSubjects()
        waiting.insert(subject(3), slot: 1, at: now)
        waiting.insert(subject(1), slot: 2, at: now)
        waiting.insert(subject(9, isWithdrawal: true), slot: 3, at: now)
        waiting.insert(subject(8, isWithdrawal: true), slot: 4, at: now)
        #expect(waiting.readyCount(withdrawalsOnly: true) == 2)
        #expect(waiting.takeReady(max: 10, withdrawalsOnly: false).map(\.slot) == [4, 3, 2, 1])
        #expect(waiting.count == 0)
    }

    @Test func aGrantThatBecomesAWithdrawalIsTakenOnce() {
        var waiting = WaitingSubjects()
        waiting.insert(subject(1), slot: 1, at: now)
        waiting.insert(subject(1, isWithdrawal: true), slot: 1, at: now)
        #expect(waiting.readyCount(withdrawalsOnly: false) == 1)
        #expect(waiting.takeReady(max: 10, withdrawalsOnly: false).count == 1)
    }

    @Test func dueSubjectsWakeAndDrainedOnesNeedNotWait() {
        var waiting = WaitingSubjects()
        waiting.insert(subject(1, dueIn: .seconds(5)), slot: 1, at: now)
        waiting.insert(subject(2, dueIn: .seconds(900), followsOrg: true), slot: 2, at: now)
        waiting.insert(subject(3, dueIn: .seconds(900)), slot: 3, at: now)
        #expect(waiting.nextDueAt == now + .seconds(5))
        waiting.drain()
        waiting.wake(at: now, drainMax: 10)
        #expect(waiting.takeReady(max: 10, withdrawalsOnly: false).map(\.slot) == [2])
        waiting.wake(at: now + .seconds(5), drainMax: 10)
        #expect(waiting.takeReady(max: 10, withdrawalsOnly: false).map(\.slot) == [1])
        #expect(waiting.nextDueAt == now + .seconds(900))
    }

    /// Compares with a plain dictionary through random insertions, removals and takings.
    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func randomChangesAgreeWithADictionary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var waiting = WaitingSubjects()
        var model: [UInt32: WaitingSubject] = [:]
        var time = now
        for step in 0..<20_000 {
            let slot = UInt32.random(in: 0..<200, using: &generator)
            switch Int.random(in: 0..<8, using: &generator) {
            case 0:
                waiting.remove(slot: slot)
                model[slot] = nil
            case 1:
                let taken = waiting.takeReady(max: 5, withdrawalsOnly: false)
                for (slot, _) in taken where model.removeValue(forKey: slot) == nil {
                    Issue.record("seed \(seed), step \(step): \(slot) was not there")
                }
            case 2:
                time = time + .milliseconds(Int.random(in: 0...2_000, using: &generator))
                waiting.wake(at: time, drainMax: 30)
            case 3 where step % 50 == 0: waiting.drain()
            default:
                let isDelayed = Bool.random(using: &generator)
                let delay = Duration.milliseconds(Int.random(in: 1...5_000, using: &generator))
                let subject = WaitingSubject(
                    acceptedAt: Timestamp(milliseconds: Int64(step)),
                    dueAt: isDelayed ? time + delay : nil,
                    attempts: 0,
                    isWithdrawal: Bool.random(using: &generator),
                    followsOrg: Bool.random(using: &generator)
                )
                waiting.insert(subject, slot: slot, at: time)
                model[slot] = subject
            }
            #expect(waiting.count == model.count, "seed \(seed), step \(step)")
        }
        waiting.wake(at: time + .seconds(10), drainMax: .max)
        let rest = waiting.takeReady(max: .max, withdrawalsOnly: false)
        #expect(Set(rest.map(\.slot)) == Set(model.keys), "seed \(seed)")
        #expect(waiting.readyCount(withdrawalsOnly: false) == 0)
    }
}
