import ChildProcesses
import Glibc
import JSON

/// A server program that was started only to be measured.
protocol MeasuredServer {
    /// The name in the report.
    static var name: String { get }
    var process: ChildProcess { get }
    /// The socket that takes the load.
    var socketPath: String { get }
}

extension MeasuredServer {
    /// Waits until something answers on a socket that the program makes.
    static func waitUntilReady(_ process: ChildProcess, socket path: String, log: String) throws {
        for _ in 0..<2_000 {
            if (try? UnixSocket(connectedTo: path)) != nil { return }
            if process.poll() != nil { break }
            usleep(5_000)
        }
        let text = try TextFile.read(log)
        throw BenchFailure.notReady(program: name, log: String(decoding: text.suffix(1_000), as: UTF8.self))
    }
}

/// A consentd with one paused configuration, so that Salesforce is no part of the measurement.
struct ConsentDaemon: MeasuredServer {
    static let name = "consentd"
    private(set) var process: ChildProcess
    private let directory: TemporaryDirectory
    private let executable: String
    private let extraArguments: [String]

    var socketPath: String { directory.file("publish.sock") }
    private var adminPath: String { directory.file("admin.sock") }

    init(executable: String, parent: String, extraArguments: [String]) throws {
        self.executable = executable
        self.extraArguments = extraArguments
        directory = try TemporaryDirectory(in: parent, prefix: "consent-bench")
        process = try Self.start(executable, in: directory, extraArguments)
        try createPausedConfiguration()
    }

    /// Starts the program on files and sockets in a directory.
    static func start(
        _ executable: String,
        in directory: TemporaryDirectory,
        _ extraArguments: [String]
    ) throws -> ChildProcess {
        let log = directory.file("consentd.log")
        let process = try ChildProcess(
            executable: executable,
            arguments: [
                "--socket-directory", directory.path, "--state-directory", directory.path,
                "--allow-insecure-endpoints",
            ] + extraArguments,
            output: log,
            errors: log
        )
        try waitUntilReady(process, socket: directory.file("admin.sock"), log: log)
        return process
    }

    private func createPausedConfiguration() throws {
        var control = try ControlConnection(path: adminPath)
        let configuration = try control.call(
            "createConfiguration",
            [
                "type_id": "sf-sales-cloud", "name": "bench",
                "authentication": ["url": "http://127.0.0.1:9", "client_id": "bench", "client_secret": "bench"],
                "properties": ["sobject": ["Lead"]],
                "mappings": [
                    ["id": "Topics__c", "value": "tFyHkpl", "type": "pmp-widget-id"],
                    ["id": "Newsletter__c", "value": "marketing_emails", "type": "purpose-id"],
                    ["id": "Phone_OptIn__c", "value": "phone_solicitation", "type": "purpose-id"],
                ],
            ]
        )
        _ = try control.call(
            "updateConfiguration",
            [
                "id": configuration["id"] ?? .null, "revision": configuration["revision"] ?? .null,
                "patch": ["paused": true],
            ]
        )
    }

    /// The flushes to disk since the start, as the daemon's own metrics count them; nil where they cannot be read.
    func syncCount() -> Int? {
        let sample = "consentd_journal_sync_seconds_count "
        guard var control = try? ControlConnection(path: adminPath),
            let text = try? control.call("metrics.read")["text"]?.stringValue,
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(sample) })
        else { return nil }
        return Int(line.dropFirst(sample.count))
    }

    /// Kills the daemon, starts it again and looks for a sample of what it had acknowledged.
    ///
    /// - Returns: the seconds that the start took.
    mutating func verifyAfterKill(eventIDs: [String]) throws -> Double {
        process.kill()
        let start = Monotonic.nanoseconds
        process = try Self.start(executable, in: directory, extraArguments)
        var control = try ControlConnection(path: adminPath)
        _ = try control.call("health.check")
        let seconds = Double(Monotonic.nanoseconds - start) / 1_000_000_000
        var missing = 0
        for id in eventIDs where (try? control.call("deliveryStatus", ["event_id": .string(id)])) == nil {
            missing += 1
        }
        guard missing == 0 else { throw BenchFailure.lost(missing: missing, of: eventIDs.count) }
        return seconds
    }
}

/// A Redis whose answers mean the same: the entry is on disk.
struct RedisServer: MeasuredServer {
    static let name = "redis"
    let process: ChildProcess
    private let directory: TemporaryDirectory

    var socketPath: String { directory.file("redis.sock") }

    init(executable: String, parent: String) throws {
        directory = try TemporaryDirectory(in: parent, prefix: "consent-bench-redis")
        let log = directory.file("redis.log")
        process = try ChildProcess(
            executable: executable,
            arguments: [
                "--port", "0", "--unixsocket", directory.file("redis.sock"), "--dir", directory.path,
                "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--daemonize", "no",
                // A rewrite of the file in the background would be measured as a stall.
                "--auto-aof-rewrite-percentage", "0",
            ],
            output: log,
            errors: log
        )
        try Self.waitUntilReady(process, socket: socketPath, log: log)
    }
}
