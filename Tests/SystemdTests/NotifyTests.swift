import Glibc
import Systemd
import Testing

/// Each runs in a process of its own, since the service manager is found through environment variables.
@Suite(.timeLimit(.minutes(1)))
struct NotifyTests {
    @Test func messagesReachTheManager() async {
        await #expect(processExitsWith: .success) {
            let manager = try DatagramSocket()
            unsafe setenv("NOTIFY_SOCKET", manager.name, 1)
            try #expect(Notify.ready(status: "Serving; 3 connections"))
            #expect(manager.receive() == "READY=1\nSTATUS=Serving; 3 connections")
            try Notify.status("one\nWATCHDOG=trigger\r\nthree")
            #expect(manager.receive() == "STATUS=one WATCHDOG=trigger three")
            try Notify.stopping()
            #expect(manager.receive() == "STOPPING=1")
            try Notify.watchdog()
            #expect(manager.receive() == "WATCHDOG=1")
            try Notify.watchdogFailed(status: "journal thread is stuck")
            #expect(manager.receive() == "WATCHDOG=trigger\nSTATUS=journal thread is stuck")
            try Notify.extendTimeout(by: .milliseconds(1_500))
            #expect(manager.receive() == "EXTEND_TIMEOUT_USEC=1500000")
            try Notify.reloading()
            #expect(manager.receive().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        }
    }

    @Test func nothingHappensWithoutAManager() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("NOTIFY_SOCKET")
            try #expect(!Notify.ready())
            try #expect(!Notify.status("alone"))
        }
    }

    @Test func vanishedManagerIsAnError() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
            #expect(throws: SystemdError.io(errno: ENOENT, during: "sd_notify")) { try Notify.ready() }
        }
    }

    @Test func watchdogIntervalIsThatOfTheManager() async {
        await #expect(processExitsWith: .success) {
            unsafe unsetenv("WATCHDOG_USEC")
            try #expect(Watchdog.interval() == nil)
            unsafe setenv("WATCHDOG_USEC", "30000000", 1)
            unsafe setenv("WATCHDOG_PID", "\(getpid())", 1)
            try #expect(Watchdog.interval() == .seconds(30))
            unsafe setenv("WATCHDOG_PID", "1", 1)
            try #expect(Watchdog.interval() == nil)
        }
    }
}

/// A datagram socket with a name chosen by the kernel, as the service manager's end of notifications.
private struct DatagramSocket {
    let name: String
    private let descriptor: Int32

    init() throws {
        let created = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // An address of a family alone asks for an abstract name, which leaves no file behind.
        var length = socklen_t(MemoryLayout<sa_family_t>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard unsafe bind(created, generic, length) == 0 else { return false }
                length = socklen_t(MemoryLayout<sockaddr_un>.size)
                return unsafe getsockname(created, generic, &length) == 0
            }
        }
        try #require(isBound)
        let bytes = unsafe withUnsafeBytes(of: &address) { unsafe Array($0.prefix(Int(length)).dropFirst(3)) }
        descriptor = created
        name = "@" + String(decoding: bytes, as: UTF8.self)
    }

    func receive() -> String {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
