import CSystemd

/// The service manager's watch over this process.
package enum Watchdog {
    /// Returns how long the process may stay silent before it is killed, or nil when nobody watches it.
    ///
    /// Callers send `Notify.watchdog` about twice in that time.
    package static func interval() throws(SystemdError) -> Duration? {
        var microseconds: UInt64 = 0
        let isEnabled = try checked(unsafe sd_watchdog_enabled(0, &microseconds), "sd_watchdog_enabled")
        return isEnabled > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }
}
