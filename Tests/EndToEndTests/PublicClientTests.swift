import ChildProcesses
import TestSupport
import Testing

/// The simulator is no better than what programs that know the real Salesforce say of it.
@Suite(
    .timeLimit(.minutes(2)),
    .enabled(
        if: Prerequisite.publicPython,
        "simple-salesforce and aiosalesforce are not installed: see README's test command"
    )
)
struct PublicClientTests {
    @Test func publicClientsWorkUnchanged() async throws {
        let directoryPath = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
        let simulator = try await SimulatorProcess.start(arguments: ["--people", "2500"])
        let directory = try TemporaryDirectory(prefix: "clients-e2e")
        let process = try ChildProcess(
            executable: Prerequisite.publicPythonPath,
            arguments: [directoryPath + "/PublicClients/clients.py", simulator.url],
            output: directory.file("out"),
            errors: directory.file("err")
        )
        let status = try await Patience.value("the clients end", within: .seconds(60)) { process.poll() }
        let output = String(decoding: try TextFile.read(directory.file("out")), as: UTF8.self)
        let errors = String(decoding: try TextFile.read(directory.file("err")), as: UTF8.self)
        #expect(status == .exited(0), "\(output)\(errors)")
        #expect(output.hasSuffix("done\n"))
    }
}
