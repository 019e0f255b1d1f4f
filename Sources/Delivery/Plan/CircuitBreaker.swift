import Consent

/// Keeps calls away from an org that does not answer: closed, open until a moment, then half-open for one call.
struct CircuitBreaker: Hashable, Sendable {
    /// Whole calls that failed in a row.
    private(set) var failures = 0
    /// Until when nothing is sent; nil when closed.
    ///
    /// After it one call goes out at a time, until one succeeds.
    private(set) var openUntil: Timestamp?
    private var reopenings = 0

    var isClosed: Bool { openUntil == nil }

    func state(at now: Timestamp) -> BreakerState {
        guard let openUntil else { return .closed }
        return now < openUntil ? .open : .halfOpen
    }

    /// Notes that a whole call failed; `isTrial` when it was the one call of a half-open breaker.
    mutating func failed(isTrial: Bool, limit: Int, schedule: RetrySchedule, at now: Timestamp) {
        failures += 1
        if openUntil != nil {
            // Calls that were out when it opened say nothing new.
            guard isTrial else { return }
            reopenings += 1
        } else if failures < limit {
            return
        }
        openUntil = now + schedule.breakerGap(reopenings)
    }

    /// Notes that the org answered; true when that closed an open breaker.
    mutating func succeeded() -> Bool {
        defer { self = CircuitBreaker() }
        return openUntil != nil
    }

    /// Lets one call through now, whatever was known, and the rest only when it succeeds.
    mutating func halfOpen(at now: Timestamp) {
        openUntil = now
    }
}

/// What a circuit breaker lets through.
package enum BreakerState: String, Hashable, Sendable {
    case closed
    case open
    case halfOpen = "half_open"
}
