package import Delivery

/// What a piece of work has cost so far, and what the org said of its allocation meanwhile.
package struct CallTally: Hashable, Sendable {
    /// HTTP calls, logins included.
    package var calls = 0
    package var usage: APIUsage?

    package init() {}

    /// Adds what another piece of work has cost.
    package mutating func add(_ other: CallTally) {
        calls += other.calls
        usage = other.usage ?? usage
    }
}
