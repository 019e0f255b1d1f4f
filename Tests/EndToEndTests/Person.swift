import ChildProcesses
import JSON
import TestSupport

/// A user and groups that exist in no file: the kernel asks for numbers only.
struct Person: Sendable {
    var user: UInt32
    var group: UInt32
    /// Supplementary groups.
    var groups: [UInt32] = []

    /// A command that turns root into this person and then runs another.
    func command(_ command: [String]) -> [String] {
        let numbers = groups.map(String.init).joined(separator: ",")
        let supplementary = groups.isEmpty ? "--clear-groups" : "--groups=\(numbers)"
        return ["/usr/bin/setpriv", "--reuid=\(user)", "--regid=\(group)", supplementary] + command
    }

    /// Starts a program as this person; its output goes to files that the person need not be able to write.
    func start(_ command: [String], output: String, errors: String) throws -> ChildProcess {
        let command = self.command(command)
        return try ChildProcess(
            executable: command[0],
            arguments: Array(command.dropFirst()),
            output: output,
            errors: errors
        )
    }

    /// Runs a program to its end.
    func run(_ command: [String]) async throws -> (status: ChildProcess.ExitStatus, output: String, errors: String) {
        let directory = try TemporaryDirectory(prefix: "person")
        let process = try start(command, output: directory.file("out"), errors: directory.file("err"))
        let status = try await Patience.value("\(command) ends") { process.poll() }
        return (
            status, String(decoding: try TextFile.read(directory.file("out")), as: UTF8.self),
            String(decoding: try TextFile.read(directory.file("err")), as: UTF8.self)
        )
    }

    /// Sends text over a socket and gives the answers; nil where the person may not open the socket.
    func ask(_ text: String, at path: String) async throws -> [JSONValue]? {
        let (status, output, errors) = try await run(
            ["/bin/sh", "-c", #"printf %s "$0" | socat -t60 - "UNIX-CONNECT:$1""#, text, path]
        )
        if errors.contains("Permission denied") { return nil }
        guard status == .exited(0) else { throw TimedOut(what: "socat: \(status): \(errors)") }
        return try output.split(separator: "\n").map { try JSONValue.parse(String($0)) }
    }
}
