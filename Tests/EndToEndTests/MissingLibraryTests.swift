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
        _ = try await daemon.result("createConfiguration", Scene.configuration(url: "http://127.0.0.1:9"))
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "waiting")
        _ = try await daemon.result("publishConsent", event)
        let delivery = try await Patience.value("a call was tried") {
            let status = try await daemon.result("deliveryStatus", ["event_id": "waiting"])
            return status["deliveries"]?[0].flatMap { $0["attempts"]?.intValue ?? 0 > 0 ? $0 : nil }
        }
        #expect(delivery["state"] == "retrying", "\(delivery)")
        #expect(delivery["last_attempt"]?["message"]?.stringValue?.contains("libcurl.so.4") == true, "\(delivery)")
        #expect(try await daemon.terminate() == .exited(0))
    }
}
