import ChildProcesses
import Glibc
import TestSupport

/// Installs the package in a system that is thrown away afterwards, and runs scenarios there.
struct BootedSystem: Sendable {
    /// Holds the package.
    private let directory: TemporaryDirectory

    /// Why there is no such system here; nil where there is.
    static var obstacle: String? {
        let isAsked = unsafe getenv("CI") != nil || getenv("CONSENTD_BOOT_TESTS") != nil
        guard isAsked else {
            return "booting a system takes minutes: set CONSENTD_BOOT_TESTS=1"
        }
        guard geteuid() == 0 else { return "booting a system needs root" }
        for tool in [
            "/lib/systemd/systemd", "/usr/bin/unshare", "/usr/bin/socat", "/usr/bin/dpkg-shlibdeps", "/usr/bin/strace",
            "/usr/bin/openssl",
        ] {
            guard unsafe access(tool, X_OK) == 0 else { return "booting a system needs \(tool)" }
        }
        return nil
    }

    static var isPossible: Bool {
        guard let obstacle else { return true }
        print("skipped: \(obstacle)")
        return false
    }

    init() async throws {
        directory = try TemporaryDirectory(prefix: "consentd-package")
        let (status, output) = try await Self.bash(
            [Self.package("systemd/build-deb.sh"), "--binaries", try Self.binaries(), "--output", directory.path],
            log: directory.file("log")
        )
        guard status == .exited(0) else { throw Failed(output: output) }
    }

    /// How a scenario ended, and what it said.
    func run(_ scenario: [String]) async throws -> (status: ChildProcess.ExitStatus, output: String) {
        let log = try TemporaryDirectory(prefix: "consentd-boot")
        return try await Self.bash(
            [
                Self.package("Tests/SystemdTests/System/boot.sh"), "--bind", "\(directory.path):/package", "--bind",
                "\(try Self.binaries()):/suite", "--bind", "\(Self.package("")):/project",
                Self.package("Tests/SystemdTests/System/scenario.sh"),
            ] + scenario,
            log: log.file("log")
        )
    }

    private static func bash(
        _ arguments: [String],
        log: String
    ) async throws -> (status: ChildProcess.ExitStatus, output: String) {
        let process = try ChildProcess(executable: "/bin/bash", arguments: arguments, output: log, errors: log)
        let status = try await Patience.value("bash ends", within: .seconds(540)) { process.poll() }
        return (status, String(decoding: try TextFile.read(log), as: UTF8.self))
    }

    private static func binaries() throws -> String {
        let path = try Program.consentd.path
        return String(path.dropLast("/consentd".count))
    }

    /// A file of the package that is tested.
    private static func package(_ path: String) -> String {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/\(path)"
    }

    /// The package could not be built.
    struct Failed: Error {
        var output: String
    }
}
