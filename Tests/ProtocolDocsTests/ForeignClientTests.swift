import ChildProcesses
import Glibc
import TestSupport
import Testing

/// Clients that others wrote, in another language, with other habits.
@Suite(.timeLimit(.minutes(1)))
struct ForeignClientTests {
    private static let script =
        #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/json_rpc_client.py"

    private func run(
        on path: String,
        in directory: TemporaryDirectory
    ) async throws -> (
        status: ChildProcess.ExitStatus, output: String
    ) {
        let process = try ChildProcess(
            executable: "/bin/sh",
            arguments: ["-c", #"exec python3 "$0" "$1" 2>&1"#, Self.script, path],
            output: directory.file("client"),
            errors: directory.file("client-errors")
        )
        let status = try await Patience.value("the client ends") { process.poll() }
        return (status, String(decoding: try TextFile.read(directory.file("client")), as: UTF8.self))
    }

    @Test(.enabled(if: Prerequisite.command("python3"), "python3 is not installed"))
    func pythonClientIsServedOnBothSockets() async throws {
        let daemon = try await DaemonProcess.start()
        for path in [daemon.publishPath, daemon.adminPath] {
            let directory = try TemporaryDirectory(prefix: "foreign")
            let (status, output) = try await run(on: path, in: directory)
            #expect(status == .exited(0), "\(output)")
            #expect(output.split(separator: "\n").count == 8, "\(output)")
        }
    }

    @Test(.enabled(if: Prerequisite.command("python3"), "python3 is not installed"))
    func pythonClientFailsWithoutADaemon() async throws {
        let directory = try TemporaryDirectory(prefix: "foreign")
        let (status, _) = try await run(on: directory.file("nobody.sock"), in: directory)
        #expect(status == .exited(1))
    }
}
