import ChildProcesses
import Consent
import Glibc
import JSON
import TestSupport
import Testing

/// Where a setting may stand, what is taken for one, and how the daemon ends where it makes no sense.
@Suite(.timeLimit(.minutes(2)))
struct SettingsTests {
    /// Where a setting is written down.
    enum Place: CaseIterable {
        case commandLine, environment, file
    }

    private static let wrong: [(option: String, text: String)] = [
        ("journal-max-bytes", "31M"), ("min-free-bytes", "-1"), ("max-pending", "0"), ("bulk-threshold", "many"),
        ("idle-exit", "5 minutes"), ("erasure-deadline", "0"), ("log-level", "loud"),
    ]

    private static func variable(_ option: String) -> String {
        "CONSENTD_" + option.uppercased().replacing("-", with: "_")
    }

    private static func launch(_ settings: [(option: String, text: String, place: Place)]) throws -> DaemonProcess {
        let directory = try DaemonProcess.makeDirectory()
        var arguments: [String] = []
        var environment: [String: String] = [:]
        var file = "# Settings\n\n"
        for (option, text, place) in settings {
            switch place {
            case .commandLine: arguments.append("--\(option)=\(text)")
            case .environment: environment[variable(option)] = text
            case .file: file += "\(variable(option)) = \"\(text)\"\n"
            }
        }
        try TestFile.write(Array(file.utf8), to: directory.file("settings"))
        return try DaemonProcess.launch(
            in: directory,
            arguments: arguments + ["--settings-file", directory.file("settings")],
            environment: environment
        )
    }

    @Test(arguments: Place.allCases)
    func aWrongOptionIsUsageAndAnyOtherWrongSettingIsConfiguration(place: Place) async throws {
        for (option, text) in Self.wrong {
            let daemon = try Self.launch([(option, text, place)])
            #expect(try await daemon.ended() == .exited(place == .commandLine ? 64 : 78), "\(option)=\(text)")
            let name = place == .commandLine ? "--" + option : Self.variable(option)
            #expect(daemon.log.contains("\(name): "), "\(daemon.log)")
            #expect(place != .file || daemon.log.contains(daemon.directory.file("settings") + ": "), "\(daemon.log)")
        }
    }

    @Test func aWrongFlagInTheEnvironmentAndAnUnknownSettingInTheFileAreConfiguration() async throws {
        for (option, place) in [("allow-insecure-endpoints", Place.environment), ("loud", .file)] {
            let daemon = try Self.launch([(option, "perhaps", place)])
            #expect(try await daemon.ended() == .exited(78))
            #expect(daemon.log.contains(Self.variable(option)), "\(daemon.log)")
        }
    }

    @Test(arguments: [["--loud"], ["--idle-exit"], ["serve"], ["--state-directory="]])
    func unknownAndUnfinishedOptionsAreUsage(_ arguments: [String]) async throws {
        let daemon = try DaemonProcess.launch(arguments: arguments)
        #expect(try await daemon.ended() == .exited(64), "\(daemon.log)")
    }

    @Test func theCommandLineGoesBeforeTheEnvironmentAndThatBeforeTheFile() async throws {
        let settings = [
            ("max-pending", "1K", Place.file), ("max-pending", "2K", .environment), ("max-pending", "3K", .commandLine),
        ]
        for count in 1...3 {
            let daemon = try Self.launch(Array(settings[..<count]))
            try await daemon.served()
            let limits = try await daemon.result("rpc.serverInfo")["limits"]
            #expect(limits?["pending_max"] == .int(count * 1_024))
        }
    }

    @Test(arguments: [("7", 7), ("3K", 3 << 10), ("2M", 2 << 20)])
    func sizesTakePowersOf1024(text: String, count: Int) async throws {
        let daemon = try await DaemonProcess.start(arguments: ["--max-pending", text])
        #expect(try await daemon.result("rpc.serverInfo")["limits"]?["pending_max"] == .int(count))
    }

    @Test(arguments: ["", "K", "1k", "1KB", "1.5M", " 1", "0x10", "99999999999G"])
    func whatIsNoSizeIsRefused(_ text: String) async throws {
        #expect(try await DaemonProcess.launch(arguments: ["--max-pending=\(text)"]).ended() == .exited(64))
    }

    @Test(arguments: [("90", 90), ("1500ms", 1), ("90s", 90), ("5m", 300), ("2h", 7_200), ("1d", 86_400)])
    func timesTakeUnits(text: String, seconds: Int) async throws {
        let daemon = try await DaemonProcess.start(arguments: ["--erasure-deadline", text])
        let start = time(nil)
        let erasure = try await daemon.result("eraseSubject", ["organization_user_id": "ada@example.com"])
        let end = time(nil)
        let due = try #require(erasure["completes_by"]?.stringValue)
        let left = try #require(Timestamp(rfc3339: due)).milliseconds / 1_000 - Int64(seconds)
        #expect((Int64(start) - 2...Int64(end) + 1).contains(left), "\(due) for \(text)")
    }

    @Test(arguments: ["", "s", "1w", "1.5h", "-1", "5 m", "1H", "99999999999d"])
    func whatIsNoTimeIsRefused(_ text: String) async throws {
        #expect(try await DaemonProcess.launch(arguments: ["--erasure-deadline=\(text)"]).ended() == .exited(64))
    }

    @Test func underActivationASocketDirectoryInTheFileIsToldToCallers() async throws {
        let sockets = try ActivatedSockets()
        let settings = sockets.directory.file("settings")
        try TestFile.write(Array("CONSENTD_SOCKET_DIRECTORY=/run/consentd\n".utf8), to: settings)
        let process = try sockets.activate(["publish", "admin"], ["--settings-file", settings])
        let client = try await sockets.connect(0)
        let event = Scene.publishing("ada@example.com", Scene.newsletter(true))
        let answer = try await client.call("publishConsent", event)
        #expect(answer.status == "FAILED_PRECONDITION", "\(answer)")
        #expect(answer.message?.contains("CONSENTD_SOCKET_DIRECTORY: not together with sockets") == true, "\(answer)")
        #expect(answer.message?.contains("systemctl reload") == true, "\(answer)")
        process.signal(SIGTERM)
        #expect(try await sockets.end(process) == .exited(0))
    }
}
