import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// What the daemon does with sockets that somebody else opened.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ActivationTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory(prefix: "consentd-act")
    }

    /// Opens two sockets with these names, in this order, and starts the daemon on the first connection.
    private func activate(_ names: [String], _ flags: [String] = []) throws -> ChildProcess {
        let log = directory.file("log")
        let sockets = (0..<names.count).flatMap { ["-l", directory.file("\($0).sock")] }
        return try ChildProcess(
            executable: "/usr/bin/systemd-socket-activate",
            arguments: sockets + [
                "--fdname=\(names.joined(separator: ":"))", "-E", "STATE_DIRECTORY=\(directory.file("state"))",
                try Program.consentd.path,
            ] + flags,
            output: log,
            errors: log
        )
    }

    /// Connects as soon as somebody listens.
    private func connect(_ index: Int) async throws -> RawClient {
        try await Patience.value("a socket") {
            do { return try RawClient(path: directory.file("\(index).sock")) } catch is SystemFailure { return nil }
        }
    }

    private func end(_ process: ChildProcess) async throws -> ChildProcess.ExitStatus {
        try await Patience.value("the daemon ends") { process.poll() }
    }

    @Test(arguments: [["publish", "admin"], ["admin", "publish"]])
    func socketsAreToldApartByTheirNames(_ names: [String]) async throws {
        let process = try activate(names)
        for (index, name) in names.enumerated() {
            let client = try await connect(index)
            #expect(try await client.result("rpc.whoami")["socket"] == .string(name))
        }
        process.signal(SIGTERM)
        #expect(try await end(process) == .exited(0))
    }

    @Test(arguments: [["publish", "other"], ["publish", "publish"]])
    func unknownOrRepeatedNameIsRefused(_ names: [String]) async throws {
        let process = try activate(names)
        let client = try await connect(0)
        #expect(try await end(process) == .exited(78))
        client.socket.close()
    }

    @Test func socketDirectoryTogetherWithActivationIsWrongUsage() async throws {
        let process = try activate(["publish", "admin"], ["--socket-directory", directory.path])
        let client = try await connect(0)
        #expect(try await end(process) == .exited(64))
        client.socket.close()
    }

    @Test func idleDaemonEndsAndOpenConnectionKeepsIt() async throws {
        let process = try activate(["publish", "admin"], ["--idle-exit", "200ms"])
        let client = try await connect(0)
        let start = ContinuousClock.now
        while start.duration(to: .now) < .milliseconds(600) {
            #expect(try await client.result("health.check")["status"] == "SERVING")
        }
        client.socket.close()
        #expect(try await end(process) == .exited(0))
    }

    @Test func damagedJournalIsToldToCallersUnderActivationAndEndsTheDaemonByHand() async throws {
        let first = try activate(["publish", "admin"], ["--idle-exit", "100ms"])
        try await connect(0).socket.close()
        #expect(try await end(first) == .exited(0))
        try TestFile.write([1, 2, 3], to: directory.file("state/journal/MANIFEST"))

        let process = try activate(["publish", "admin"])
        let client = try await connect(0)
        #expect(try await client.result("health.check")["status"] == "NOT_SERVING")
        let answer = try await client.call(
            "publishConsent",
            Scene.publishing("ada@example.com", Scene.newsletter(true))
        )
        #expect(answer.status == "DATA_LOSS" && answer.reason == "JOURNAL_CORRUPT", "\(answer)")
        process.signal(SIGTERM)
        #expect(try await end(process) == .exited(0))

        let byHand = try ChildProcess(
            executable: try Program.consentd.path,
            arguments: ["--socket-directory", directory.path, "--state-directory", directory.file("state")],
            output: directory.file("log"),
            errors: directory.file("log")
        )
        #expect(try await end(byHand) == .exited(65))
    }
}
