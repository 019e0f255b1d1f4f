import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// What the service manager is told when the daemon stops.
@Suite(.timeLimit(.minutes(2))) struct NotificationTests {
    @Test(arguments: [true, false])
    func aStopTakesMoreTimeOnlyWhereCallsAreOut(isCallOut: Bool) async throws {
        let directory = try DaemonProcess.makeDirectory()
        let manager = try NotificationSocket(path: directory.file("notify"))
        let scene = Scene(
            simulator: try await SimulatorProcess.start(),
            daemon: try await DaemonProcess.start(in: directory, environment: ["NOTIFY_SOCKET": manager.path])
        )
        try await scene.configure()
        if isCallOut {
            try await scene.simulator.seed("Lead", [Scene.lead("ada@example.com")])
            try await scene.simulator.fail(["fault": "latency", "latency_ms": 2_000])
            let params = Scene.publishing("ada@example.com", Scene.newsletter(true))
            let published = try await scene.daemon.publisher().result("publishConsent", params)
            _ = try await scene.delivery(of: published, in: ["in_flight"])
        }
        let before = manager.received()
        #expect(before.contains { $0.hasPrefix("READY=1") } && !before.contains { $0.contains("EXTEND_TIMEOUT") })
        #expect(try await scene.daemon.terminate() == .exited(0))
        let after = manager.received()
        #expect(after.contains { $0.hasPrefix("STOPPING=1") }, "\(after)")
        #expect(after.contains("EXTEND_TIMEOUT_USEC=10000000") == isCallOut, "\(after)")
    }
}

/// The service manager's end of notifications.
private final class NotificationSocket: Sendable {
    let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        try #require(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path))
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        let descriptor = descriptor
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    deinit {
        close(descriptor)
    }

    /// All that came since the last look.
    func received() -> [String] {
        var messages: [String] = []
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = unsafe recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else { return messages }
            messages.append(String(decoding: bytes.prefix(count), as: UTF8.self))
        }
    }
}
