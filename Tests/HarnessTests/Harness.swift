import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// A script of `Tests/Harness`, which anyone can also run by hand and for longer.
struct Harness {
    var script: String
    var environment: [String: String] = [:]

    /// How a run ended, and each line of JSON that it printed.
    struct Run {
        var status: ChildProcess.ExitStatus
        var lines: [JSONValue]
        var errors: String

        /// The one line of a script that prints one.
        var result: JSONValue { lines.last ?? .null }
    }

    /// Runs the script with the directory of the programs before its other arguments, and shows what it printed.
    ///
    /// It gets the time that the tests leave over which watch the clock.
    func run(_ arguments: String..., within limit: Duration = .seconds(240)) async throws -> Run {
        let directory = try TemporaryDirectory(prefix: "consentd-harness")
        let programs = try Program.consentd.path.dropLast("/consentd".count)
        let process = try ChildProcess(
            executable: "/usr/bin/nice",
            arguments: ["-n", "15", "python3", Self.place + script, String(programs)] + arguments,
            environment: environment,
            output: directory.file("out"),
            errors: directory.file("err")
        )
        let status = try await Patience.value("\(script) ends", within: limit) { process.poll() }
        let output = String(decoding: try TextFile.read(directory.file("out")), as: UTF8.self)
        let errors = String(decoding: try TextFile.read(directory.file("err")), as: UTF8.self)
        print("\(script) \(arguments.joined(separator: " ")) \(environment): \(status)\n\(output)", terminator: "")
        return Run(
            status: status,
            lines: try output.split(separator: "\n").map { try .parse(String($0)) },
            errors: errors
        )
    }

    private static var place: String {
        "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Harness/"
    }

    /// Why no file system can be mounted here; nil where one can.
    static var mountObstacle: String? {
        geteuid() == 0 ? nil : "mounting a file system needs root"
    }

    /// Why no file system can lose its power here; nil where one can.
    static var powerCutObstacle: String? {
        if let mountObstacle { return mountObstacle }
        return unsafe access("/dev/loop-control", F_OK) == 0 ? nil : "there are no loop devices"
    }
}
