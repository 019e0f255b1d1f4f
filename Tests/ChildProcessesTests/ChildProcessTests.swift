import ChildProcesses
import Glibc
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ChildProcessTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory(prefix: "child-tests")
    }

    private func shell(_ script: String, environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(
            executable: "/bin/sh",
            arguments: ["-c", script],
            environment: environment,
            output: directory.file("out"),
            errors: directory.file("err")
        )
    }

    private func status(of child: ChildProcess) async -> ChildProcess.ExitStatus {
        while true {
            if let status = child.poll() { return status }
            await Task.yield()
        }
    }

    @Test func outputErrorsAndExitCodeAreKept() async throws {
        let child = try shell("echo $WORD; echo no >&2; exit 7", environment: ["WORD": "yes"])
        #expect(await status(of: child) == .exited(7))
        #expect(try TextFile.read(directory.file("out")) == Array("yes\n".utf8))
        #expect(try TextFile.read(directory.file("err")) == Array("no\n".utf8))
    }

    @Test func childIsGoneWithItsLastReference() async throws {
        var child: ChildProcess? = try shell("exec sleep 1000")
        let processID = try #require(child?.processID)
        #expect(kill(processID, 0) == 0)
        child = nil
        #expect(kill(processID, 0) == -1 && errno == ESRCH)
    }

    /// One more holder of a socket would keep its peer from seeing the end.
    @Test(arguments: [100, 1_023, 1_024, 4_000] as [Int32])
    func noDescriptorOfOursIsInherited(_ number: Int32) async throws {
        #expect(fcntl(STDIN_FILENO, F_DUPFD, number) >= number)
        let child = try shell("ls /proc/self/fd")
        #expect(await status(of: child) == .exited(0))
        // The fourth is the directory itself.
        #expect(try TextFile.read(directory.file("out")) == Array("0\n1\n2\n3\n".utf8))
    }

    @Test func signalsReachTheChildAndAreToldApart() async throws {
        let child = try shell("exec sleep 1000")
        child.signal(SIGTERM)
        #expect(await status(of: child) == .signaled(SIGTERM))
        // The process is reaped: this must reach nobody.
        child.signal(SIGKILL)
        child.kill()
        #expect(child.poll() == .signaled(SIGTERM))
    }

    @Test func missingProgramIsAnError() throws {
        #expect(throws: SystemFailure(code: ENOENT, during: "start /nonexistent/program")) {
            try ChildProcess(
                executable: "/nonexistent/program",
                arguments: [],
                output: directory.file("out"),
                errors: directory.file("err")
            )
        }
    }

    @Test func temporaryDirectoryIsRemovedWithItsContents() async throws {
        var own: TemporaryDirectory? = try TemporaryDirectory(prefix: "child-tests")
        let path = try #require(own?.path)
        #expect(await status(of: try shell("mkdir -p \(path)/a/b && echo x > \(path)/a/b/c")) == .exited(0))
        #expect(unsafe access(path + "/a/b/c", F_OK) == 0)
        own = nil
        #expect(unsafe access(path, F_OK) == -1)
    }
}
