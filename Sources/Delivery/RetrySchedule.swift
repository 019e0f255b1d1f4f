package import Consent

/// When what failed is tried again: data, so that it can be read, tested and told.
package struct RetrySchedule: Hashable, Sendable {
    /// Gaps between the first tries; they add up to 2, 10, 30, 75, 150 and 280 s after the first failure.
    package var retries: [Duration] = [
        .seconds(2), .seconds(8), .seconds(20), .seconds(45), .seconds(75), .seconds(130),
    ]
    /// Gaps once parked; the last one repeats.
    package var parked: [Duration] = [
        .seconds(300), .seconds(600), .seconds(1_200), .seconds(2_400), .seconds(3_600),
    ]
    /// Gaps after failures that may be passing; after the last one the record has failed.
    package var ambiguous: [Duration] = [.seconds(30), .seconds(120), .seconds(300)]
    /// Gaps between single probes of a held configuration or a pausing org; the last one repeats.
    package var probes: [Duration] = [.seconds(60), .seconds(120), .seconds(240), .seconds(480), .seconds(900)]
    /// How long a circuit breaker stays open; the last one repeats.
    package var breaker: [Duration] = [.seconds(5), .seconds(10), .seconds(20), .seconds(40), .seconds(60)]
    /// Gaps between looks at a job; the last one repeats.
    package var jobChecks: [Duration] = [
        .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(15), .seconds(30),
    ]
    /// The share by which a gap is shortened at most.
    package var jitter = 0.2
    /// The longest `Retry-After` that is believed.
    package var retryAfterMax = Duration.seconds(3_600)

    package init() {}

    /// What follows a failure.
    package enum Step: Hashable, Sendable {
        case retry(at: Timestamp)
        case park(at: Timestamp)
        case giveUp
    }

    /// The step after a passing failure, `attempts` counting the one that just failed.
    ///
    /// Later gaps start when the failed try started, so that the time calls take does not add up; `jitter` is in 0..<1.
    package func afterTransient(
        attempts: Int,
        startedAt: Timestamp,
        failedAt: Timestamp,
        retryAfter: Duration?,
        jitter: Double
    ) -> Step {
        guard attempts > retries.count else {
            let gap = shortened(retries[max(attempts, 1) - 1], by: jitter)
            let start = attempts <= 1 ? failedAt : startedAt
            let soonest = failedAt + shortened(retries[0], by: jitter)
            return .retry(at: floored(max(start + gap, soonest), at: failedAt, retryAfter: retryAfter))
        }
        let gap = Self.entry(attempts - retries.count - 1, of: parked)
        return .park(at: floored(failedAt + shortened(gap, by: jitter), at: failedAt, retryAfter: retryAfter))
    }

    /// The step after a failure that may be passing, `tries` counting those before this one.
    package func afterAmbiguous(
        tries: Int,
        failedAt: Timestamp,
        retryAfter: Duration?,
        jitter: Double
    ) -> Step {
        guard tries < ambiguous.count else { return .giveUp }
        let due = failedAt + shortened(ambiguous[max(tries, 0)], by: jitter)
        return .retry(at: floored(due, at: failedAt, retryAfter: retryAfter))
    }

    /// Whether each of this many attempts failed in a way that may be passing, to go by the wait after the last of them:
    /// so early no other failure is waited after for as long, unless `Retry-After` asks for just that.
    package func areAmbiguous(attempts: Int, wait: Duration) -> Bool {
        guard ambiguous.indices.contains(attempts - 1) else { return false }
        let gap = ambiguous[attempts - 1]
        return wait <= gap && wait >= shortened(gap, by: 1)
    }

    /// The gap before the probe with this number, the first being 0; not jittered, since it is shown.
    package func probeGap(_ number: Int) -> Duration {
        Self.entry(number, of: probes)
    }

    /// The gap before the look at a job with this number, the first being 0.
    package func jobCheckGap(_ number: Int) -> Duration {
        Self.entry(number, of: jobChecks)
    }

    /// How long a breaker stays open that has opened this often in a row before.
    package func breakerGap(_ number: Int) -> Duration {
        Self.entry(number, of: breaker)
    }

    private func shortened(_ gap: Duration, by random: Double) -> Duration {
        let milliseconds = Double(gap.wholeMilliseconds) * (1 - jitter * min(max(random, 0), 1))
        return .milliseconds(Int64(milliseconds.rounded(.up)))
    }

    /// The moment before which the org wants nothing; nil where it did not say so.
    package func floor(_ retryAfter: Duration?, failedAt: Timestamp) -> Timestamp? {
        retryAfter.map { failedAt + min($0, retryAfterMax) }
    }

    private func floored(_ due: Timestamp, at now: Timestamp, retryAfter: Duration?) -> Timestamp {
        max(due, floor(retryAfter, failedAt: now) ?? due)
    }

    private static func entry(_ number: Int, of gaps: [Duration]) -> Duration {
        gaps.isEmpty ? .zero : gaps[min(max(number, 0), gaps.count - 1)]
    }
}
