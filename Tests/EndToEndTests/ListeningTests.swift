import ChildProcesses
import TestSupport
import Testing

/// The sockets that a daemon makes by itself.
@Suite(.timeLimit(.minutes(1)))
struct ListeningTests {
    @Test(arguments: ["000", "022", "077"])
    func socketsHaveTheirModeWhateverTheProcessMasks(_ mask: String) async throws {
        let directory = try DaemonProcess.makeDirectory()
        let daemon = try DaemonProcess.launch(
            in: directory,
            command: [
                "/bin/sh", "-c", "umask \(mask); exec \"$0\" \"$@\"", try Program.consentd.path, "--socket-directory",
                directory.path, "--state-directory", directory.file("state"),
            ]
        )
        try await daemon.served()
        for path in [daemon.publishPath, daemon.adminPath] { #expect(try TestFile.mode(of: path) == 0o660) }
        let status = String(decoding: try TextFile.read("/proc/\(daemon.process.processID)/status"), as: UTF8.self)
        #expect(status.contains("\nUmask:\t0\(mask)\n"), "the process keeps its own mask: \(status)")
        #expect(try TestFile.mode(of: directory.file("state/journal")) == 0o700)
        #expect(try await daemon.terminate() == .exited(0))
    }
}
