import CSystemd
import Glibc

/// Messages to the service manager about the state of this process.
///
/// Each returns whether there was a service manager to tell; without `$NOTIFY_SOCKET` nothing happens.
package enum Notify {
    /// Tells that start-up, or a reload, is complete.
    @discardableResult
    package static func ready(status: String? = nil) throws(SystemdError) -> Bool {
        try send(["READY=1"] + statusLine(status))
    }

    /// Sets the one line that `systemctl status` shows; line breaks become spaces.
    @discardableResult
    package static func status(_ text: String) throws(SystemdError) -> Bool {
        try send(statusLine(text))
    }

    /// Tells that the process is about to end.
    @discardableResult
    package static func stopping(status: String? = nil) throws(SystemdError) -> Bool {
        try send(["STOPPING=1"] + statusLine(status))
    }

    /// Tells that settings are being read again; `ready` ends this state.
    @discardableResult
    package static func reloading() throws(SystemdError) -> Bool {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        let microseconds = now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
        return try send(["RELOADING=1", "MONOTONIC_USEC=\(microseconds)"])
    }

    /// Resets the watchdog's timer.
    @discardableResult
    package static func watchdog() throws(SystemdError) -> Bool {
        try send(["WATCHDOG=1"])
    }

    /// Asks the service manager to act as if the watchdog had run out, with the reason as status.
    @discardableResult
    package static func watchdogFailed(status: String) throws(SystemdError) -> Bool {
        try send(["WATCHDOG=trigger"] + statusLine(status))
    }

    /// Asks for this much more time from now for the start, stop or reload under way.
    @discardableResult
    package static func extendTimeout(by time: Duration) throws(SystemdError) -> Bool {
        try send(["EXTEND_TIMEOUT_USEC=\(time.wholeMicroseconds)"])
    }

    private static func statusLine(_ text: String?) -> [String] {
        guard let text else { return [] }
        return ["STATUS=" + String(text.map { $0.isNewline || $0 == "\0" ? " " : $0 })]
    }

    private static func send(_ lines: [String]) throws(SystemdError) -> Bool {
        try checked(unsafe sd_notify(0, lines.joined(separator: "\n")), "sd_notify") > 0
    }
}

extension Duration {
    /// The time in microseconds, rounded down, at most what an `Int64` holds.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflow, whole < Int64.max - 1_000_000 else { return Int64.max }
        return whole + attoseconds / 1_000_000_000_000
    }
}
