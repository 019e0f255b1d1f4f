import Glibc

/// Wall-clock time for the edge; everything behind it is handed the time.
enum OrgClock {
    static var now: OrgTime {
        var time = timespec()
        // Cannot fail for this clock and a valid pointer.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return OrgTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
