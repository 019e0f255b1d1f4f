import ChildProcesses
import Glibc

/// Runs the `socat` that scripts use to talk to the daemon.
package enum Socat {
    /// Pipes text through a socket as `socat - UNIX-CONNECT:path` does, and gives what came back.
    ///
    /// - Parameter options: such as `-t 5`; none gives a server half a second after the end of the input.
    package static func exchange(_ input: String, with path: String, options: [String] = []) async throws -> String {
        let directory = try TemporaryDirectory(prefix: "socat-e2e")
        try TestFile.write(Array(input.utf8), to: directory.file("in"))
        let process = try ChildProcess(
            executable: "/bin/sh",
            arguments: ["-c", #"exec socat "$@" < "$0""#, directory.file("in")] + options + [
                "-", "UNIX-CONNECT:\(path)",
            ],
            output: directory.file("out"),
            errors: directory.file("err")
        )
        let status = try await Patience.value("socat ends") { process.poll() }
        guard status == .exited(0) else {
            throw Failed(
                text: "\(status): " + String(decoding: try TextFile.read(directory.file("err")), as: UTF8.self)
            )
        }
        return String(decoding: try TextFile.read(directory.file("out")), as: UTF8.self)
    }

    /// `socat` could not do its work.
    package struct Failed: Error {
        package var text: String
    }
}
