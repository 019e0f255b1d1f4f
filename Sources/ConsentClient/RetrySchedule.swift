/// How long to wait before a call is repeated: exponential from a first delay up to the longest, each shortened by
/// chance so that callers do not come back all at once.
public struct RetrySchedule: Equatable, Sendable {
    /// The delay before the first repeat.
    public var first: Duration
    /// The longest delay.
    public var longest: Duration

    /// Creates a schedule.
    public init(first: Duration = .milliseconds(50), longest: Duration = .seconds(5)) {
        self.first = first
        self.longest = longest
    }

    /// The delay after this many failures in a row.
    ///
    /// - Parameters:
    ///   - floor: what the daemon asked for, which is never cut short.
    ///   - chance: 0 to 1; the delay is shortened by up to half.
    func delay(afterFailures count: Int, floor: Duration?, chance: Double) -> Duration {
        let doubled = first * (1 << min(max(count - 1, 0), 20))
        let shortened = min(doubled, longest) * (1 - chance / 2)
        return max(shortened, floor ?? .zero)
    }
}
