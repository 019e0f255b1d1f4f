import ChildProcesses
import Glibc
import TestSupport
import Testing

/// The simulator is no better than what programs that know the real Salesforce say of it.
@Suite(.timeLimit(.minutes(2)))
struct PublicClientTests {
    @Test func publicClientsWorkUnchanged() async throws {
        let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let python = repository + "/.build/python/bin/python"
        guard unsafe access(python, X_OK) == 0 else {
            let reason = "simple-salesforce and aiosalesforce are not installed: see README's test command"
            guard unsafe getenv("CI") == nil else { throw Missing(what: reason) }
            print("skipped: \(reason)")
            return
        }
        let simulator = try await SimulatorProcess.start(arguments: ["--people", "2500"])
        let directory = try TemporaryDirectory(prefix: "clients-e2e")
        let process = try ChildProcess(
            executable: python,
            arguments: [repository + "/Tests/EndToEndTests/PublicClients/clients.py", simulator.url],
            output: directory.file("out"),
            errors: directory.file("err")
        )
        let status = try await Patience.value("the clients end", within: .seconds(60)) { process.poll() }
        let output = String(decoding: try TextFile.read(directory.file("out")), as: UTF8.self)
        let errors = String(decoding: try TextFile.read(directory.file("err")), as: UTF8.self)
        #expect(status == .exited(0), "\(output)\(errors)")
        #expect(output.hasSuffix("done\n"))
    }

    private struct Missing: Error {
        var what: String
    }
}
