package import Consent
import Glibc

/// The system's clock in UTC.
package enum WallClock {
    /// The present moment; it may go back when an operator sets the clock.
    package static func now() -> Timestamp {
        var time = timespec()
        // Safety: the pointer lives for the call only, and the call cannot fail for this clock.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
