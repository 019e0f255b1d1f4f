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
    ///
    /// An org that names the moment until which it wants nothing opens it at once, until then at least.
    mutating func failed(
        isTrial: Bool,
        notBefore: Timestamp?,
        options: DeliveryOptions,
        at now: Timestamp
    ) {
        failures += 1
        if let until = openUntil {
            // Calls that were out when it opened say nothing else that is new.
            guard isTrial else {
                openUntil = max(until, notBefore ?? until)
                return
            }
            reopenings += 1
        } else if failures < options.breakerFailures {
            openUntil = notBefore.flatMap { $0 > now ? $0 : nil }
            return
        }
        openUntil = max(now + options.schedule.breakerGap(reopenings), notBefore ?? now)
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
