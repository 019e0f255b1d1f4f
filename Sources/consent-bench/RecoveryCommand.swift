import ArgumentParser
import ChildProcesses
import ConsentStore
import Glibc
import JSON
import Journal
import SystemPackage

/// Measures what many people cost: memory, a snapshot while publishing goes on, and a restart.
struct RecoveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract: "Measure memory per person, publishing during a snapshot, and the time of a restart.",
        discussion: "Prints one JSON object. Each person has one undelivered event; nothing is delivered."
    )

    @Option(help: "People.")
    var subjects = 100_000

    @Option(help: "Events published one after the other for the quiet latency.")
    var samples = 2_000

    @Option(help: "Make the journal below this directory; it must be on a disk.")
    var directory = "/var/tmp"

    @Flag(help: "Keep the journal in clear, to see what sealing it costs.")
    var clear = false

    @Option(help: .hidden)
    var reopen: String?

    func run() throws {
        if let reopen {
            try measureRestart(FilePath(reopen))
            return
        }
        let place = try TemporaryDirectory(in: directory, prefix: "consent-bench-recovery")
        let journal = place.file("journal")
        var report = try measureService(FilePath(journal))
        // In a process of its own, so that what filling left behind does not count.
        let output = place.file("restart")
        let child = try ChildProcess(
            executable: try Executable.sibling("consent-bench"),
            arguments: ["recovery", "--subjects", "\(subjects)", "--reopen", journal] + (clear ? ["--clear"] : []),
            output: output,
            errors: place.file("errors")
        )
        while child.poll() == nil { usleep(10_000) }
        let restart = try JSONValue.parse(String(decoding: try TextFile.read(output), as: UTF8.self))
        report = report.merging(patch: restart)
        print(report)
    }

    /// Publishes for everybody, then one by one in quiet and during a snapshot.
    private func measureService(_ journal: FilePath) throws -> JSONValue {
        let before = try ProcessUsage(processID: getpid()).residentMiB
        let publisher = try StorePublisher(journal, subjects: subjects, isSealed: !clear)
        let start = Monotonic.nanoseconds
        publisher.publishEverybody()
        let seconds = Double(Monotonic.nanoseconds - start) / 1e9
        let used = try ProcessUsage(processID: getpid()).residentMiB - before
        let quiet = publisher.latencies(samples)
        let (during, snapshotSeconds) = publisher.latenciesDuringSnapshot()
        publisher.fillLog()
        publisher.stop()
        return [
            "subjects": .int(subjects), "is_sealed": .bool(!clear), "fill_seconds": .double(seconds),
            "publishes_per_second": .int(Int(Double(subjects) / seconds)),
            "rss_bytes_per_subject": .int(Int(used * 1_048_576) / subjects),
            "string_bytes_per_subject": .int(StorePublisher.stringByteCount),
            "quiet_p50_us": .double(quiet.microseconds(atQuantile: 0.5)),
            "quiet_p99_us": .double(quiet.microseconds(atQuantile: 0.99)),
            "snapshot_p50_us": .double(during.microseconds(atQuantile: 0.5)),
            "snapshot_p99_us": .double(during.microseconds(atQuantile: 0.99)),
            "snapshot_max_us": .double(during.microseconds(atQuantile: 1)),
            "snapshot_publishes": .int(Int(during.total)),
            "snapshot_seconds": .double(snapshotSeconds),
        ]
    }

    private func measureRestart(_ journal: FilePath) throws {
        let before = try ProcessUsage(processID: getpid()).residentMiB
        let start = Monotonic.nanoseconds
        let recovered = try StorePublisher.open(journal, subjects: subjects, isSealed: !clear)
        let seconds = Double(Monotonic.nanoseconds - start) / 1e9
        let used = try ProcessUsage(processID: getpid()).residentMiB - before
        let report: JSONValue = [
            "restart_seconds": .double(seconds),
            "restart_records": .int(Int(recovered.report.nextSequenceNumber.rawValue) - 1),
            "restart_rss_bytes_per_subject": .int(Int(used * 1_048_576) / subjects),
        ]
        print(report)
    }
}
