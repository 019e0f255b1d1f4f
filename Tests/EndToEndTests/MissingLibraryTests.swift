import ChildProcesses
import JSON
import TestSupport
import Testing

/// libcurl is loaded with the first call to an org; without it nothing is lost and the daemon says what is missing.
@Suite(.timeLimit(.minutes(1))) struct MissingLibraryTests {
    @Test func withoutLibcurlEventsWaitAndTheReasonIsTold() async throws {
        let directory = try DaemonProcess.makeDirectory()
        try TestFile.write([], to: directory.file("libcurl.so.4"))
        let daemon = try await DaemonProcess.start(in: directory, environment: ["LD_LIBRARY_PATH": directory.path])
        let scene = Scene(simulator: try await SimulatorProcess.start(), daemon: daemon)
        try await scene.configure()
        let delivery = try await scene.deliver("ada@example.com", until: Scene.terminal.union(["retrying"]))
        #expect(delivery["state"] == "retrying" && delivery["attempts"] == 1, "\(delivery)")
        #expect(delivery["last_attempt"]?["message"]?.stringValue?.contains("libcurl.so.4") == true, "\(delivery)")
        #expect(try await daemon.terminate() == .exited(0))
    }
}
