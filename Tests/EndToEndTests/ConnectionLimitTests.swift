import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// How many connections there may be, of one user and of all together.
@Suite(
    .serialized,
    .timeLimit(.minutes(3)),
    .enabled(
        if: Prerequisite.root && Prerequisite.command("setpriv") && Prerequisite.command("python3"),
        "only root can become many users, and python3 makes their connections"
    )
)
struct ConnectionLimitTests {
    private let sockets: ActivatedSockets
    private let process: ChildProcess

    init() async throws {
        sockets = try ActivatedSockets()
        process = try sockets.activate()
        try await sockets.give(publish: 0, admin: 0)
        try TestFile.give(sockets.directory.file("0.sock"), mode: 0o666)
    }

    /// Connections of one user that stay open, and what became of those that were refused.
    private struct Crowd {
        /// Ends with the last reference.
        var process: ChildProcess
        var served: Int
        var refused: [JSONValue]
    }

    private func gather(_ count: Int, of user: UInt32) async throws -> Crowd {
        let directory = try TemporaryDirectory(prefix: "crowd")
        let script = #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Peers/crowd.py"
        let program = String(decoding: try TextFile.read(script), as: UTF8.self)
        let process = try Person(user: user, group: user).start(
            ["/usr/bin/env", "python3", "-c", program, sockets.directory.file("0.sock"), "\(count)"],
            output: directory.file("out"),
            errors: directory.file("err")
        )
        let line = try await Patience.value("\(count) connections of \(user)") {
            if let status = process.poll() {
                let errors = String(decoding: try TextFile.read(directory.file("err")), as: UTF8.self)
                throw TimedOut(what: "crowd.py ended with \(status): \(errors)")
            }
            let text = String(decoding: try TextFile.read(directory.file("out")), as: UTF8.self)
            return text.hasSuffix("\n") ? text : nil
        }
        let report = try JSONValue.parse(line)
        return Crowd(
            process: process,
            served: report["served"]?.intValue ?? -1,
            refused: report["refused"]?.arrayValue ?? []
        )
    }

    private func expectRefused(_ crowd: Crowd, _ count: Int, naming limit: Int) {
        #expect(crowd.refused.count == count)
        for refusal in crowd.refused {
            let answer = refusal["answer"] ?? .null
            #expect(answer.code == 8 && answer.status == "RESOURCE_EXHAUSTED", "\(answer)")
            #expect(answer.reason == "TOO_MANY_CONNECTIONS" && answer["id"]?.isNull == true, "\(answer)")
            #expect(answer["error"]?["data"]?["retry_after_ms"]?.intValue ?? 0 > 0, "\(answer)")
            #expect(answer.message?.contains("\(limit) ") == true, "\(answer)")
            #expect(refusal["rest"] == "", "one line, and then the end of the stream rather than a reset")
        }
    }

    @Test func eachUserHas128AndRootIsNotBound() async throws {
        let crowd = try await gather(131, of: 54_400)
        #expect(crowd.served == 128)
        expectRefused(crowd, 3, naming: 128)
        let other = try await gather(1, of: 54_401)
        #expect(other.served == 1, "another user is not concerned")
        let root = try await gather(140, of: 0)
        #expect(root.served == 140 && root.refused.isEmpty)
        crowd.process.kill()
        try await Patience.until("the places are free again") { try await gather(1, of: 54_400).served == 1 }
    }

    @Test func thereAre512AndEightMoreForRoot() async throws {
        var crowds: [Crowd] = []
        for user in UInt32(54_400)..<54_404 { crowds.append(try await gather(128, of: user)) }
        #expect(crowds.allSatisfy { $0.served == 128 })
        let late = try await gather(2, of: 54_404)
        #expect(late.served == 0)
        expectRefused(late, 2, naming: 512)
        let root = try await gather(9, of: 0)
        #expect(root.served == 8, "root comes in although all places are taken, and sees who has them")
        expectRefused(root, 1, naming: 512)
        root.process.kill()
        crowds.removeLast()
        try await Patience.until("the places are free again") { try await gather(1, of: 54_404).served == 1 }
    }
}
