import ChildProcesses
import Glibc
import TestSupport

/// Sockets that a service manager listens on, and a daemon that the first client starts.
struct ColdDaemon {
    private let process: ChildProcess
    /// Holds the log.
    private let place: TemporaryDirectory

    /// Listens in place of the daemon of a stage, which has ended, on its state.
    static func arm(_ stage: Stage) async throws -> ColdDaemon {
        let directory = stage.daemon.directory
        let paths = ["publish", "admin"].map { stage.path($0 + ".sock") }
        for path in paths { _ = unsafe unlink(path) }
        let place = try TemporaryDirectory(prefix: "cold")
        let log = place.file("log")
        let process = try ChildProcess(
            executable: "/usr/bin/systemd-socket-activate",
            arguments: paths.flatMap { ["-l", $0] } + [
                "--fdname=publish:admin", "-E", "STATE_DIRECTORY=\(directory.file("state"))",
                try Program.consentd.path, "--allow-insecure-endpoints",
            ],
            output: log,
            errors: log
        )
        try await Patience.until("both sockets are listened on") {
            let text = String(decoding: try TextFile.read(log), as: UTF8.self)
            guard process.poll() == nil else { throw TimedOut(what: text) }
            return text.matches(of: /Listening on/).count == paths.count
        }
        return ColdDaemon(process: process, place: place)
    }

    /// Ends the daemon, and tells whether there was one: whoever only listened dies of the signal.
    func end() async throws -> Bool {
        process.signal(SIGTERM)
        return try await Patience.value("the daemon ends") { process.poll() } == .exited(0)
    }
}
