import ChildProcesses
import JSON
import TestSupport
import Testing

/// Plays a conversation against a live daemon.
struct Replay {
    let conversation: Conversation
    private(set) var difference: [Difference] = []

    /// An answer that is not as documented.
    struct Difference: Sendable, CustomStringConvertible {
        var place: String
        var line: Int
        var documented: String
        var actual: String

        var description: String { "\(place), line \(line + 1)\n  documented: \(documented)\n  answered:   \(actual)" }
    }

    init(_ conversation: Conversation) {
        self.conversation = conversation
    }

    /// Plays text on a socket.
    mutating func playTranscript() async throws {
        let stage = try await Stage.set(conversation.setting.scenes)
        let client = try RawClient(path: stage.path(conversation.setting.socket))
        for step in conversation.steps {
            switch step.action {
            case .input(let text): try await client.send(stage.localised(text) + "\n")
            case .output(let documented):
                compare(step, documented, stage.documented(try await client.line() ?? "(closed)"))
            case .shutdown: client.socket.finishSending()
            case .closed: compare(step, "(closed)", try await client.line() ?? "(closed)")
            }
        }
    }

    /// Runs commands in a shell, each with its output; where it is cold, each of them starts the daemon.
    mutating func playConsole(isCold: Bool = false) async throws {
        let stage = try await Stage.set(conversation.setting.scenes)
        if isCold { _ = try await stage.daemon.terminate() }
        var steps = conversation.steps[...]
        while let step = steps.popFirst() {
            guard case .input(let command) = step.action else { continue }
            let daemon = isCold ? try await ColdDaemon.arm(stage) : nil
            var actual = try await Self.run(stage.localised(command), on: stage)
                .split(separator: "\n").map { stage.documented(String($0)) }[...]
            if let daemon, try await !daemon.end() { compare(step, "(a daemon)", "(none was started)") }
            while let next = steps.first, case .output(let documented) = next.action {
                compare(next, documented, actual.popFirst() ?? "(nothing)")
                steps.removeFirst()
            }
            if let rest = actual.first { compare(step, "(nothing more)", rest) }
        }
    }

    private mutating func compare(_ step: Conversation.Step, _ documented: String, _ actual: String) {
        guard !Likeness.holds(documented: documented, actual: actual) else { return }
        difference.append(
            Difference(place: conversation.place, line: step.line, documented: documented, actual: actual)
        )
    }

    private static func run(_ command: String, on stage: Stage) async throws -> String {
        let directory = stage.daemon.directory
        // Output is appended to what a file holds, so each command has its own.
        let results = try TemporaryDirectory(prefix: "documents")
        let programs = try Program.consentctl.path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        let process = try ChildProcess(
            executable: "/bin/sh",
            arguments: [
                "-c", "PATH=\"\(programs):$PATH\"; " + command.replacing("/run/consentd", with: directory.path),
            ],
            environment: ["CONSENTD_SOCKET_DIRECTORY": directory.path],
            output: results.file("output"),
            errors: results.file("errors")
        )
        _ = try await Patience.value("`\(command)` ends") { process.poll() }
        return String(decoding: try TextFile.read(results.file("output")), as: UTF8.self)
    }
}
