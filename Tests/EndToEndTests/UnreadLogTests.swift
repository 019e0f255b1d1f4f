import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// Nobody has to read what the daemon logs.
@Suite(.timeLimit(.minutes(1)))
struct UnreadLogTests {
    /// A pipe by name, which this process keeps open and reads when it likes.
    private final class Pipe {
        private let descriptor: Int32

        init(path: String) throws {
            guard unsafe mkfifo(path, 0o600) == 0 else { throw SystemFailure.last(during: "mkfifo \(path)") }
            descriptor = unsafe open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemFailure.last(during: "open \(path)") }
        }

        deinit { close(descriptor) }

        /// What is in it now.
        func read() -> String {
            var text: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                    unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                }
                guard count > 0 else { return String(decoding: text, as: UTF8.self) }
                text += chunk[..<count]
            }
        }
    }

    @Test func aFullPipeStopsNothingAndTheLostLinesAreCounted() async throws {
        let directory = try DaemonProcess.makeDirectory()
        let pipe = try Pipe(path: directory.file("log"))
        let daemon = try DaemonProcess.launch(in: directory)
        try await daemon.served()
        // Each call that changes something is a line, a refused one too: far more than a pipe holds.
        let client = try daemon.publisher()
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true))
        let calls = (0..<2_000).map { RPCText.call(.int($0), "publishConsent", event) }
        for start in stride(from: 0, to: calls.count, by: 500) {
            try await client.send(calls[start..<start + 500].joined())
            #expect(try await client.answers(500).allSatisfy { $0.reason == "NO_CONFIGURATION" })
        }
        let admin = try daemon.admin()
        _ = try await admin.result("eraseSubject", ["organization_user_id": "ada@example.com"])
        // Its line comes after its answer; what is answered next comes after both.
        _ = try await admin.result("health.check")

        let before = pipe.read()
        #expect(before.utf8.count > 4_096 && !before.contains("dropped"), "\(before.utf8.count) bytes")
        #expect(before.hasSuffix("\n") && before.contains("info: serving"))
        _ = try await admin.result("eraseSubject", ["organization_user_id": "bob@example.com"])
        var after = ""
        try await Patience.until("the next line") {
            after += pipe.read()
            return after.contains("eraseSubject")
        }
        let lines = after.split(separator: "\n")
        #expect(lines.count == 2 && lines.last?.contains("eraseSubject") == true, "\(after)")
        let dropped = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        #expect(lines.first?.hasSuffix("lines were dropped, since standard error took no more") == true, "\(after)")
        let written = before.split(separator: "\n").count { $0.contains("call (") }
        #expect(written + dropped == 2_001, "\(written) written, \(dropped) dropped")
        #expect(try await daemon.terminate() == .exited(0))
    }
}
