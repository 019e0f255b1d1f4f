package import ChildProcesses
import Glibc
package import JSON

/// A real daemon on sockets and a state directory of its own, killed with the last reference to it.
package struct DaemonProcess: Sendable {
    /// Holds sockets, state and log; survives the process, so that another can be started on it.
    package let directory: TemporaryDirectory
    package let process: ChildProcess

    package var publishPath: String { directory.file("publish.sock") }
    package var adminPath: String { directory.file("admin.sock") }
    package var stateDirectory: String { directory.file("state") }

    /// Makes a directory for a daemon, short enough for the name of a socket.
    package static func makeDirectory() throws -> TemporaryDirectory {
        try TemporaryDirectory(prefix: "consentd-e2e")
    }

    /// Starts a daemon and waits until both sockets serve.
    ///
    /// - Throws: `EndedEarly` with the log when the process ends instead.
    package static func start(
        in directory: TemporaryDirectory? = nil,
        arguments: [String] = [],
        environment: [String: String] = [:],
        allowsInsecureEndpoints: Bool = true
    ) async throws -> DaemonProcess {
        let daemon = try launch(
            in: directory,
            arguments: arguments + (allowsInsecureEndpoints ? ["--allow-insecure-endpoints"] : []),
            environment: environment
        )
        try await daemon.served()
        return daemon
    }

    /// Starts a daemon and does not wait.
    package static func launch(
        in directory: TemporaryDirectory? = nil,
        arguments: [String] = [],
        environment: [String: String] = [:]
    ) throws -> DaemonProcess {
        let directory = try directory ?? makeDirectory()
        return try launch(
            in: directory,
            command: [
                try Program.consentd.path, "--socket-directory", directory.path,
                "--state-directory", directory.file("state"),
            ] + arguments,
            environment: environment
        )
    }

    /// Starts a command that becomes a daemon, with its output in the log.
    package static func launch(
        in directory: TemporaryDirectory,
        command: [String],
        environment: [String: String] = [:]
    ) throws -> DaemonProcess {
        let log = directory.file("log")
        let process = try ChildProcess(
            executable: command[0],
            arguments: Array(command.dropFirst()),
            environment: environment,
            output: log,
            errors: log
        )
        return DaemonProcess(directory: directory, process: process)
    }

    /// Waits until both sockets serve.
    package func served() async throws {
        try await Patience.until("both sockets serve") {
            if let status = process.poll() { throw EndedEarly(status: status, log: log) }
            do {
                for path in [publishPath, adminPath] {
                    _ = try await RawClient(path: path).result("health.check")
                }
                return true
            } catch is SystemFailure, is RawClient.ConnectionClosed {
                return false
            }
        }
    }

    /// All that the daemons of this directory have logged.
    package var log: String {
        String(decoding: (try? TextFile.read(directory.file("log"))) ?? [], as: UTF8.self)
    }

    /// A new connection to `publish.sock`.
    package func publisher() throws -> RawClient { try RawClient(path: publishPath) }

    /// A new connection to `admin.sock`.
    package func admin() throws -> RawClient { try RawClient(path: adminPath) }

    /// The result of one call on a connection of its own to `admin.sock`.
    package func result(_ method: String, _ params: JSONValue? = nil) async throws -> JSONValue {
        try await admin().result(method, params)
    }

    /// Waits for the end of the process.
    package func ended(within limit: Duration = Patience.standard) async throws -> ChildProcess.ExitStatus {
        try await Patience.value("the daemon ends", within: limit) { process.poll() }
    }

    /// Asks the daemon to stop and waits until it has.
    package func terminate() async throws -> ChildProcess.ExitStatus {
        process.signal(SIGTERM)
        return try await ended()
    }

    /// The number of descriptors that the process has open.
    package var openDescriptorCount: Int { openFiles.count }

    /// The same once its spare segment is among them, which comes a second after the start.
    package func descriptorCountAtRest() async throws -> Int {
        try await Patience.until("the spare segment is open") { openFiles.contains { $0.hasSuffix("/spare") } }
        return openDescriptorCount
    }

    /// What the process has open, as the system names it.
    private var openFiles: [String] {
        let path = "/proc/\(process.processID)/fd"
        guard let directory = unsafe opendir(path) else { return [] }
        defer { unsafe closedir(directory) }
        var files: [String] = []
        while let entry = unsafe readdir(directory) {
            let number = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard !number.hasPrefix(".") else { continue }
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = unsafe readlink(path + "/" + number, &target, target.count)
            files.append(String(decoding: target.prefix(max(count, 0)).map(UInt8.init(bitPattern:)), as: UTF8.self))
        }
        return files
    }

    /// A daemon that ended before it served.
    package struct EndedEarly: Error, CustomStringConvertible {
        package var status: ChildProcess.ExitStatus
        package var log: String

        package var description: String { "consentd ended with \(status): \(log)" }
    }
}
