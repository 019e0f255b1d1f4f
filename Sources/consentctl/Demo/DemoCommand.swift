import ArgumentParser
import ChildProcesses
import Glibc
import JSON
import UnixSignals

/// Shows the whole way of a consent, with a crash in the middle.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run consentd against a simulated Salesforce, kill it half-way, and check the outcome.",
        discussion: """
            Needs neither an account nor root: everything lives in a temporary directory and is gone afterwards. \
            The exit status is 0 only if nothing was lost and every record is right.
            """
    )

    @OptionGroup var output: OutputOptions

    @Option(help: "How many events are published.")
    var events = 1_000

    @Option(help: "Chooses other people, choices and moments.")
    var seed: UInt64 = 1

    @Option(help: "Seconds after which the demo gives up.")
    var timeout = 120

    mutating func validate() throws {
        guard (20...100_000).contains(events) else { throw ValidationError("--events is 20 to 100000") }
        guard timeout > 0 else { throw ValidationError("--timeout must be more than 0") }
    }

    func run() async throws {
        let report = try await bounded { try await DemoRun(eventCount: events, seed: seed).run() }
        // A person gets the account in a log as well: only --json asks for the other form.
        print(output.json ? report.json.description : report.text)
        if !report.problems.isEmpty { throw ExitCode(1) }
    }

    /// Runs the body until it ends, a signal comes, or time is up; the children are gone when it returns.
    private func bounded(_ body: @escaping @Sendable () async throws -> DemoReport) async throws -> DemoReport {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        return try await withThrowingTaskGroup(of: DemoReport.self) { group in
            group.addTask { try await body() }
            group.addTask {
                for await signal in signals { throw CommandFailure.failed("interrupted by \(signal)") }
                throw CancellationError()
            }
            group.addTask {
                try await Task.sleep(for: .seconds(timeout))
                throw CommandFailure.failed("the demo did not end within \(timeout) s")
            }
            defer { group.cancelAll() }
            guard let report = try await group.next() else { throw CancellationError() }
            return report
        }
    }
}
