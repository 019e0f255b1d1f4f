import Consent
import Delivery
import Testing

@Suite struct RetryScheduleTests {
    private let schedule = RetrySchedule()
    private let start = Timestamp(milliseconds: 0)

    @Test func retriesAreDueAtTheDocumentedTimes() {
        var failedAt = start
        var startedAt = start
        var due: [Int64] = []
        for attempts in 1...6 {
            let step = schedule.afterTransient(
                attempts: attempts,
                startedAt: startedAt,
                failedAt: failedAt,
                retryAfter: nil,
                jitter: 0
            )
            guard case .retry(let at) = step else {
                Issue.record("attempt \(attempts) is not retried")
                return
            }
            due.append(at.milliseconds / 1_000)
            startedAt = at
            // A call that takes half a second does not move the later ones.
            failedAt = at + .milliseconds(500)
        }
        #expect(due == [2, 10, 30, 75, 150, 280])
    }

    @Test func jitterShortensAndNeverMoreThanAFifth() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<1_000 {
            let jitter = Double.random(in: 0..<1, using: &generator)
            let step = schedule.afterTransient(
                attempts: 4,
                startedAt: start,
                failedAt: start,
                retryAfter: nil,
                jitter: jitter
            )
            guard case .retry(let at) = step else {
                Issue.record("not retried")
                return
            }
            #expect(at - start <= .seconds(45) && at - start >= .seconds(36))
        }
    }

    @Test func parkedGrowsToAnHour() {
        let gaps = (7...13).map { attempts in
            let step = schedule.afterTransient(
                attempts: attempts,
                startedAt: start,
                failedAt: start,
                retryAfter: nil,
                jitter: 0
            )
            return if case .park(let at) = step { at.milliseconds / 60_000 } else { Int64(-1) }
        }
        #expect(gaps == [5, 10, 20, 40, 60, 60, 60])
    }

    @Test func retryAfterIsAFloorAndIsBounded() {
        func due(_ retryAfter: Duration) -> Duration? {
            let step = schedule.afterTransient(
                attempts: 1,
                startedAt: start,
                failedAt: start,
                retryAfter: retryAfter,
                jitter: 0
            )
            return if case .retry(let at) = step { at - start } else { nil }
        }
        #expect(due(.seconds(1)) == .seconds(2))
        #expect(due(.seconds(90)) == .seconds(90))
        #expect(due(.seconds(900_000)) == .seconds(3_600))
    }

    @Test func ambiguousFailuresEndAfterThreeMoreTries() {
        let steps = (0...3).map {
            schedule.afterAmbiguous(tries: $0, failedAt: start, retryAfter: nil, jitter: 0)
        }
        #expect(
            steps == [
                .retry(at: start + .seconds(30)), .retry(at: start + .seconds(120)), .retry(at: start + .seconds(300)),
                .giveUp,
            ]
        )
    }

    @Test(arguments: [0, 0.5, 0.999_999])
    func theWaitAfterAnEarlyFailureTellsWhetherAllWereAmbiguous(jitter: Double) {
        for attempts in 1...3 {
            let ambiguous = schedule.afterAmbiguous(
                tries: attempts - 1,
                failedAt: start,
                retryAfter: nil,
                jitter: jitter
            )
            let transient = schedule.afterTransient(
                attempts: attempts,
                startedAt: start,
                failedAt: start,
                retryAfter: nil,
                jitter: jitter
            )
            guard case .retry(let slow) = ambiguous, case .retry(let soon) = transient else {
                Issue.record("attempt \(attempts) is not retried")
                return
            }
            #expect(schedule.areAmbiguous(attempts: attempts, wait: slow - start))
            #expect(!schedule.areAmbiguous(attempts: attempts + 1, wait: slow - start))
            #expect(!schedule.areAmbiguous(attempts: attempts, wait: soon - start))
        }
        #expect(!schedule.areAmbiguous(attempts: 0, wait: .seconds(30)))
        #expect(!schedule.areAmbiguous(attempts: 4, wait: .seconds(300)))
    }

    @Test func probesSlowDown() {
        #expect((0..<6).map { schedule.probeGap($0).components.seconds / 60 } == [1, 2, 4, 8, 15, 15])
    }
}
