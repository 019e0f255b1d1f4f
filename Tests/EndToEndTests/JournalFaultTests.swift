import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// What the daemon refuses to work with, and what it gets by without.
@Suite(.timeLimit(.minutes(2)))
struct JournalFaultTests {
    /// A daemon that has written something, and was stopped.
    private static func stopped() async throws -> DaemonProcess {
        let daemon = try await DaemonProcess.start()
        _ = try await daemon.result("createConfiguration", Scene.configuration(url: "http://127.0.0.1:9"))
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "e-1")
        _ = try await daemon.publisher().result("publishConsent", event)
        #expect(try await daemon.terminate() == .exited(0))
        return daemon
    }

    private static func segment(_ daemon: DaemonProcess) -> String {
        daemon.stateDirectory + "/journal/seg-0000000000000001.wal"
    }

    @Test("Promise 7: a second daemon on the same directory is refused")
    func aSecondDaemonOnTheSameStateIsRefused() async throws {
        let first = try await DaemonProcess.start()
        let directory = try DaemonProcess.makeDirectory()
        let second = try DaemonProcess.launch(
            in: directory,
            command: [
                try Program.consentd.path, "--socket-directory", directory.path, "--state-directory",
                first.stateDirectory,
            ]
        )
        #expect(try await second.ended() == .exited(75))
        #expect(second.log.contains("another process has the journal open"))
        #expect(try await first.result("health.check")["status"] == "SERVING")
    }

    /// A file or directory that others may read, or that is not what its name says.
    enum Wrong: CaseIterable {
        case readableFile, readableDirectory, linkedFile, linkedDirectory
    }

    @Test("Promise 7: wrong modes and links are refused", arguments: Wrong.allCases)
    func whatOthersMayReadAndWhatIsALinkIsRefused(wrong: Wrong) async throws {
        let daemon = try await Self.stopped()
        let segment = Self.segment(daemon)
        let journal = daemon.stateDirectory + "/journal"
        switch wrong {
        case .readableFile: #expect(unsafe chmod(segment, 0o644) == 0)
        case .readableDirectory: #expect(unsafe chmod(journal, 0o755) == 0)
        case .linkedFile:
            #expect(unsafe rename(segment, daemon.directory.file("elsewhere")) == 0)
            #expect(unsafe symlink(daemon.directory.file("elsewhere"), segment) == 0)
        case .linkedDirectory:
            #expect(unsafe rename(journal, daemon.directory.file("elsewhere")) == 0)
            #expect(unsafe symlink(daemon.directory.file("elsewhere"), journal) == 0)
        }
        let again = try DaemonProcess.launch(in: daemon.directory)
        #expect(try await again.ended() == .exited(77))
        #expect(again.log.contains(wrong == .readableFile || wrong == .linkedFile ? segment : journal))
    }

    /// The runtime looks into /proc once a second and ends a process that has no descriptor left for that.
    @Test func whereDescriptorsAreFewTheSurplusIsTurnedAwayAndTheRestGoesOn() async throws {
        let daemon = try await Self.stopped()
        let limited = try DaemonProcess.launch(
            in: daemon.directory,
            command: [
                "/usr/bin/prlimit", "--nofile=64:64", try Program.consentd.path, "--socket-directory",
                daemon.directory.path, "--state-directory", daemon.stateDirectory, "--allow-insecure-endpoints",
            ]
        )
        try await limited.served()
        let client = try limited.publisher()
        let limits = try await client.result("rpc.serverInfo")["limits"]
        #expect(limits?["connections"] == 12)
        #expect(limits?["reserved_connections"] == 6)
        var crowd: [RawClient] = []
        for _ in 0..<100 { crowd.append(try limited.publisher()) }
        let start = ContinuousClock.now
        var published = 0
        while start.duration(to: .now) < .seconds(4) {
            let event = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "crowded-\(published)")
            _ = try await client.result("publishConsent", event)
            published += 1
            #expect(limited.openDescriptorCount < 60)
        }
        #expect(limited.process.poll() == nil)
        crowd = []
        // A connection that comes while the others are being closed may be turned away.
        let status = try await Patience.value("a new connection is served") {
            try? await limited.publisher().result("deliveryStatus", ["event_id": .string("crowded-\(published - 1)")])
        }
        #expect(status["deliveries"]?.arrayValue?.count == 1)
        #expect(try await limited.terminate() == .exited(0))
    }
}
