package import Glibc
import Synchronization

/// A program that this one started, and that never outlives the value.
///
/// The child has its own process group, so that the terminal's ^C reaches it only through us. When the last
/// reference goes, the child is killed and reaped.
package final class ChildProcess: Sendable {
    package let processID: pid_t
    private let status = Mutex<ExitStatus?>(nil)

    /// Starts a program with its output in files and nothing on its standard input.
    ///
    /// - Parameter environment: all of the child's variables; nothing is inherited beside `inheritedNames`.
    package init(
        executable: String,
        arguments: [String],
        environment: [String: String] = [:],
        output: String,
        errors: String
    ) throws(SystemFailure) {
        processID = try SpawnRequest(
            executable: executable,
            arguments: [executable] + arguments,
            environment: Self.variables(adding: environment),
            output: output,
            errors: errors
        ).spawn()
    }

    deinit {
        kill()
    }

    /// How the process ended; nil while it runs.
    package func poll() -> ExitStatus? {
        status.withLock { status in
            if status == nil { status = Self.reap(processID, options: WNOHANG) }
            return status
        }
    }

    /// Sends a signal, unless the process has ended.
    package func signal(_ number: Int32) {
        status.withLock { status in
            // Once reaped, the number may belong to a stranger.
            if status == nil { _ = Glibc.kill(processID, number) }
        }
    }

    /// Ends the process with SIGKILL and waits until it is gone.
    package func kill() {
        status.withLock { status in
            guard status == nil else { return }
            _ = Glibc.kill(processID, SIGKILL)
            status = Self.reap(processID, options: 0)
        }
    }

    private static func reap(_ processID: pid_t, options: Int32) -> ExitStatus? {
        var word: Int32 = 0
        var result: pid_t
        repeat {
            result = unsafe waitpid(processID, &word, options)
        } while result < 0 && errno == EINTR
        guard result != 0 else { return nil }
        guard result > 0 else { return .lost }
        let signal = word & 0x7f
        return signal == 0 ? .exited(word >> 8 & 0xff) : .signaled(signal)
    }

    /// The variables that a child may need to find libraries and its language.
    package static let inheritedNames = ["HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TMPDIR"]

    private static func variables(adding own: [String: String]) -> [String: String] {
        var all = own
        for name in inheritedNames where all[name] == nil {
            guard let text = unsafe getenv(name) else { continue }
            all[name] = unsafe String(cString: text)
        }
        return all
    }

    /// How a process ended.
    package enum ExitStatus: Hashable, Sendable, CustomStringConvertible {
        case exited(Int32)
        case signaled(Int32)
        /// Somebody else took the status.
        case lost

        package var description: String {
            switch self {
            case .exited(let code): "exit code \(code)"
            case .signaled(let number): "signal \(number)"
            case .lost: "unknown status"
            }
        }
    }
}
