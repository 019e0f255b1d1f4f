package import Consent
import FoundationEssentials

/// The time, for the one place in delivery that needs a real one.
package protocol DeliveryClock: Sendable {
    func now() -> Timestamp

    /// Returns at this moment, or earlier when the task is cancelled.
    func sleep(until moment: Timestamp) async
}

/// The time of day.
///
/// It may jump; whoever sleeps long looks at it again now and then.
package struct WallClock: DeliveryClock {
    package init() {}

    package func now() -> Timestamp {
        Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
    }

    package func sleep(until moment: Timestamp) async {
        let duration = moment - now()
        guard duration > .zero else { return }
        do {
            try await Task.sleep(for: duration)
        } catch {
            // Cancelled: the caller looks for itself.
        }
    }
}
