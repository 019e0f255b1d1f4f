import Glibc

/// The clock that latencies are measured with.
enum Monotonic {
    /// Nanoseconds since some moment in the past.
    static var nanoseconds: UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
