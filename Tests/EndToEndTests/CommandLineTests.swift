import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// What `consentctl` shows, and how it ends.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct CommandLineTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try DaemonProcess.makeDirectory()
    }

    private struct Ended {
        var status: ChildProcess.ExitStatus
        var output: String
        var errors: String
    }

    /// Starts a shell command with `consentctl` on its path and the sockets of this test's directory.
    private func start(_ command: String, _ files: TemporaryDirectory) throws -> ChildProcess {
        let programs = try Program.consentctl.path.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        return try ChildProcess(
            executable: "/bin/bash",
            arguments: ["-c", "PATH=\"\(programs):$PATH\"; \(command)"],
            environment: ["CONSENTD_SOCKET_DIRECTORY": directory.path],
            output: files.file("out"),
            errors: files.file("err")
        )
    }

    private func run(_ command: String) async throws -> Ended {
        let files = try TemporaryDirectory(prefix: "consentctl")
        let process = try start(command, files)
        let status = try await Patience.value("`\(command)` ends") { process.poll() }
        return Ended(
            status: status,
            output: String(decoding: try TextFile.read(files.file("out")), as: UTF8.self),
            errors: String(decoding: try TextFile.read(files.file("err")), as: UTF8.self)
        )
    }

    @Test func whoeverCannotConnectIsToldWhatToDo() async throws {
        let missing = try await run("consentctl status")
        #expect(missing.status == .exited(2) && missing.output.isEmpty, "\(missing)")
        #expect(missing.errors.contains("no socket at") && missing.errors.contains("systemctl start"), "\(missing)")

        let daemon = try await DaemonProcess.start(in: directory)
        daemon.process.kill()
        let dead = try await run("consentctl status")
        #expect(dead.status == .exited(2) && dead.errors.contains("nobody listens"), "\(dead)")
        #expect(dead.errors.contains("systemctl status consentd"), "\(dead)")
    }

    @Test func exitStatusTellsWhatHappened() async throws {
        let daemon = try await DaemonProcess.start(in: directory)
        for (command, status, words) in [
            ("status", 0, ""), ("nonsense", 3, "consentctl"), ("status --event nothing", 69, "EVENT_NOT_FOUND"),
            ("call no.such.method", 76, "METHOD_NOT_FOUND"), ("call health.check '{'", 3, "not JSON"),
            ("call health.check '{\"service\":1}'", 67, "service: must be a string"),
            ("health nothing", 69, "no such service"),
            ("publish --subject a@b.example --preference p=true", 73, "create one first"),
        ] {
            let ended = try await run("consentctl \(command)")
            #expect(ended.status == .exited(Int32(status)), "\(command): \(ended)")
            #expect(ended.errors.contains(words) && (status == 0) == ended.errors.isEmpty, "\(command): \(ended)")
        }
        #expect(try await daemon.terminate() == .exited(0))
    }

    @Test func theSocketMayBeNamedBeforeTheCommand() async throws {
        let other = try DaemonProcess.makeDirectory()
        let daemon = try await DaemonProcess.start(in: other)
        for options in [
            "--socket-directory \(other.path)", "--socket-directory=\(other.path)", "--socket \(daemon.adminPath)",
        ] {
            for command in [
                "status --json", "call rpc.whoami", "call rpc.whoami '{}'", "configuration list",
                "delivery list --json",
            ] {
                let ended = try await run("consentctl \(options) \(command)")
                #expect(ended.status == .exited(0) && ended.errors.isEmpty, "\(options) \(command): \(ended)")
            }
        }
        let both = "--socket /nowhere whoami --socket \(daemon.publishPath)"
        let nearest = try await run("consentctl \(both)")
        #expect(nearest.status == .exited(0), "the one beside the command goes before: \(nearest)")
        for wrong in ["--socket-directory", "--socket-directory \(other.path)", "--nonsense status"] {
            #expect(try await run("consentctl \(wrong)").status != .exited(0), "\(wrong)")
        }
        // What anybody may call is called where there is no socket for administrators.
        #expect(unsafe unlink(daemon.adminPath) == 0)
        let call = try await run("consentctl --socket-directory \(other.path) call rpc.whoami")
        #expect(call.status == .exited(0) && call.output.contains(#""socket":"publish""#), "\(call)")
    }

    @Test func healthWaitsForADaemonThatStarts() async throws {
        let files = try TemporaryDirectory(prefix: "consentctl")
        let process = try start("consentctl health --wait --timeout 600", files)
        // It asks many times a second: that it is still there says that it found nobody and waits.
        for _ in 0..<20 {
            #expect(process.poll() == nil)
            _ = try await run("consentctl health")
        }
        let daemon = try await DaemonProcess.start(in: directory)
        #expect(try await Patience.value("health ends") { process.poll() } == .exited(0))
        #expect(try await daemon.terminate() == .exited(0))
        #expect(try await run("consentctl health --wait --timeout 0.2").status == .exited(2))
    }

    @Test(.enabled(if: Prerequisite.command("script"), "script makes the terminal"))
    func watchDrawsItsTableAnewOnATerminal() async throws {
        let simulator = try await SimulatorProcess.start()
        let scene = Scene(simulator: simulator, daemon: try await DaemonProcess.start(in: directory))
        let configuration = try await scene.configure(["upsert_mode": true])
        try await scene.update(configuration, ["paused": true])
        let params = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "watched")
        _ = try await scene.daemon.publisher().result("publishConsent", params)

        let files = try TemporaryDirectory(prefix: "consentctl")
        let columns = 70
        let command = "stty cols \(columns); consentctl watch --event watched --until-terminal"
        let process = try start("exec script -qefc '\(command)' /dev/null", files)
        func screen() throws -> String { String(decoding: try TextFile.read(files.file("out")), as: UTF8.self) }
        try await Patience.until("the delivery is shown") { try screen().contains("held") }
        try await scene.update(configuration, ["paused": false])
        #expect(try await Patience.value("the watch ends") { process.poll() } == .exited(0))

        let drawings = try screen().components(between: "\u{1B}[2A\r\u{1B}[J")
        #expect(drawings.count >= 2, "each drawing after the first goes up over the two lines of the last: \(drawings)")
        for drawing in drawings {
            let lines = drawing.split(separator: "\r\n")
            #expect(lines.count == 2 && lines.first?.hasPrefix("DELIVERY") == true, "\(drawing)")
            #expect(lines.allSatisfy { $0.count <= columns }, "a line that wraps spoils the next drawing: \(lines)")
        }
        #expect(drawings.first?.contains("held") == true && drawings.last?.contains("delivered") == true, "\(drawings)")

        let piped = try await run("consentctl watch --event watched --until-terminal")
        let events = try piped.output.split(separator: "\n").map { try JSONValue.parse(String($0)) }
        #expect(events.count == 1 && events.first?["delivery"]?["state"] == "delivered", "\(piped)")
    }

    @Test(.enabled(if: Prerequisite.command("script"), "script makes the terminal"))
    func statusTellsOnATerminalWhetherAnythingIsUndelivered() async throws {
        let simulator = try await SimulatorProcess.start()
        let scene = Scene(simulator: simulator, daemon: try await DaemonProcess.start(in: directory))
        let configuration = try await scene.configure(["upsert_mode": true])
        let status = "script -qec 'consentctl status' /dev/null"
        let before = try await run(status)
        #expect(before.output.contains("nothing undelivered"), "\(before)")
        try await scene.update(configuration, ["paused": true])
        let params = Scene.publishing("ada@example.com", Scene.newsletter(true), id: "waits")
        _ = try await scene.daemon.publisher().result("publishConsent", params)
        let after = try await run(status)
        #expect(after.output.contains("undelivered for ") && !after.output.contains("nothing"), "\(after)")
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionsAreMadeForEveryShell(_ shell: String) async throws {
        let script = try await run("consentctl --generate-completion-script \(shell)")
        #expect(script.status == .exited(0))
        for word in ["publish", "configuration", "until-terminal", "socket-directory"] {
            #expect(script.output.contains(word), "\(shell) completes no \(word)")
        }
        guard Prerequisite.isInstalled(shell) else { return }
        let checked = try await run("consentctl --generate-completion-script \(shell) | \(shell) -n")
        #expect(checked.status == .exited(0) && checked.errors.isEmpty, "\(checked)")
    }

    @Test func bashCompletesCommandsAndOptions() async throws {
        for (words, expected) in [("con", "configuration"), ("watch --until", "--until-terminal")] {
            let count = words.split(separator: " ").count
            let completed = try await run(
                """
                source <(consentctl --generate-completion-script bash)
                COMP_WORDS=(consentctl \(words)); COMP_CWORD=\(count); COMP_LINE="consentctl \(words)"
                COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; COMP_KEY=9
                _consentctl consentctl "${COMP_WORDS[$COMP_CWORD]}" "${COMP_WORDS[$((COMP_CWORD - 1))]}"
                printf '%s\\n' "${COMPREPLY[@]}"
                """
            )
            #expect(completed.output.split(separator: "\n").contains(Substring(expected)), "\(completed)")
        }
    }
}

extension String {
    /// The parts between the occurrences of a text.
    fileprivate func components(between separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
