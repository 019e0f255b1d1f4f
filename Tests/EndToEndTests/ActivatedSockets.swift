import ChildProcesses
import TestSupport

/// Sockets that somebody else opens, and hands to a daemon on the first connection.
struct ActivatedSockets {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory(prefix: "consentd-act")
    }

    /// Opens sockets with these names, in this order, and starts the daemon on the first connection.
    func activate(_ names: [String] = ["publish", "admin"], _ flags: [String] = []) throws -> ChildProcess {
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
    func connect(_ index: Int) async throws -> RawClient {
        try await Patience.value("a socket") {
            do { return try RawClient(path: directory.file("\(index).sock")) } catch is SystemFailure { return nil }
        }
    }

    func end(_ process: ChildProcess) async throws -> ChildProcess.ExitStatus {
        try await Patience.value("the daemon ends") { process.poll() }
    }

    /// Gives the sockets to groups as the installed units do, and lets anybody reach them.
    func give(publish: UInt32, admin: UInt32) async throws {
        try TestFile.give(directory.path, mode: 0o755)
        for (name, group) in [("0.sock", publish), ("1.sock", admin)] {
            try await Patience.until("\(name) is there") { try TestFile.names(in: directory.path).contains(name) }
            try TestFile.give(directory.file(name), group: group, mode: 0o660)
        }
    }
}
