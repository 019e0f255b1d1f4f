import ChildProcesses
import ConsentClient
import Glibc
import JSON

/// The simulator that the demo starts, gone with the last reference.
struct DemoSimulator: Sendable {
    let process: ChildProcess
    let control: SimulatorControl

    var url: String { "http://127.0.0.1:\(control.port)" }

    static func start(in directory: TemporaryDirectory) async throws -> DemoSimulator {
        let output = directory.file("simulator.out")
        let process = try ChildProcess(
            executable: try Executable.sibling("salesforce-simulator"),
            arguments: ["--port", "0"],
            output: output,
            errors: directory.file("simulator.log")
        )
        while true {
            let text = String(decoding: try TextFile.read(output), as: UTF8.self)
            if text.hasSuffix("\n"), let port = text.split(separator: ":").last.flatMap({ Int($0.dropLast()) }) {
                return DemoSimulator(process: process, control: SimulatorControl(port: port))
            }
            if let status = process.poll() {
                throw CommandFailure.failed("salesforce-simulator ended with \(status) before it was ready")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// The daemon that the demo starts, kills and starts again.
struct DemoDaemon: Sendable {
    let process: ChildProcess
    let directory: TemporaryDirectory

    var publishPath: String { directory.file("publish.sock") }
    var adminPath: String { directory.file("admin.sock") }

    /// Starts a daemon and waits until it serves.
    static func start(in directory: TemporaryDirectory) async throws -> DemoDaemon {
        let log = directory.file("consentd.log")
        let process = try ChildProcess(
            executable: try Executable.sibling("consentd"),
            arguments: [
                "--socket-directory", directory.path, "--state-directory", directory.file("state"),
                "--allow-insecure-endpoints",
            ],
            output: log,
            errors: log
        )
        let daemon = DemoDaemon(process: process, directory: directory)
        while true {
            if try await daemon.isServing() { return daemon }
            if process.poll() != nil { throw daemon.explain(CommandFailure.failed("consentd did not serve")) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The error together with the daemon's last words, where it ended by itself.
    func explain(_ error: any Error) -> any Error {
        guard let status = process.poll() else { return error }
        let bytes = (try? TextFile.read(directory.file("consentd.log"))) ?? []
        let words = String(decoding: bytes.suffix(2_000), as: UTF8.self)
        return CommandFailure.failed("consentd ended with \(status):\n\(words)")
    }

    private func isServing() async throws -> Bool {
        do {
            let publishing = try await ConsentClient.connect(to: publishPath)
            let admin = try await ConsentClient.connect(to: adminPath)
            guard try await publishing.isServing() else { return false }
            return try await admin.isServing()
        } catch ClientError.cannotConnect, ClientError.closed {
            return false
        }
    }
}
