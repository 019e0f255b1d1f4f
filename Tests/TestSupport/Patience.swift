/// Waiting for another process, which is polled until it is ready or the time is over.
package enum Patience {
    /// How long a test waits for anything that must happen: long enough for a loaded machine.
    package static let standard = Duration.seconds(30)

    /// Polls until a condition holds.
    ///
    /// - Throws: `TimedOut`, or what the condition throws.
    package static func until(
        _ what: String,
        within limit: Duration = standard,
        _ condition: () async throws -> Bool
    ) async throws {
        try await value(what, within: limit) { try await condition() ? () : nil }
    }

    /// Polls until there is a value.
    ///
    /// - Throws: `TimedOut`, or what the closure throws.
    package static func value<Value>(
        _ what: String,
        within limit: Duration = standard,
        _ body: () async throws -> Value?
    ) async throws -> Value {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        var pause = Duration.microseconds(200)
        while true {
            if let value = try await body() { return value }
            guard clock.now < deadline else { throw TimedOut(what: what) }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(10))
        }
    }
}

/// Something that should have happened did not.
package struct TimedOut: Error, CustomStringConvertible {
    package var what: String

    package init(what: String) {
        self.what = what
    }

    package var description: String { "not in time: " + what }
}
