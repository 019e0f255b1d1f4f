import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// What the daemon does with sockets that somebody else opened.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct ActivationTests {
    private let sockets: ActivatedSockets

    init() throws {
        sockets = try ActivatedSockets()
    }

    @Test(arguments: [["publish", "admin"], ["admin", "publish"]])
    func socketsAreToldApartByTheirNames(_ names: [String]) async throws {
        let process = try sockets.activate(names)
        for (index, name) in names.enumerated() {
            let client = try await sockets.connect(index)
            #expect(try await client.result("rpc.whoami")["socket"] == .string(name))
        }
        process.signal(SIGTERM)
        #expect(try await sockets.end(process) == .exited(0))
    }

    @Test(arguments: [["publish", "other"], ["publish", "publish"]])
    func unknownOrRepeatedNameIsRefused(_ names: [String]) async throws {
        let process = try sockets.activate(names)
        let client = try await sockets.connect(0)
        #expect(try await sockets.end(process) == .exited(78))
        client.socket.close()
    }

    @Test func socketDirectoryTogetherWithActivationIsWrongUsage() async throws {
        let process = try sockets.activate(["publish", "admin"], ["--socket-directory", sockets.directory.path])
        let client = try await sockets.connect(0)
        #expect(try await sockets.end(process) == .exited(64))
        client.socket.close()
    }

    @Test func whereTheStateIsInUseItWaitsAWhileBeforeItEnds() async throws {
        let first = try await DaemonProcess.start()
        let start = ContinuousClock.now
        let process = try sockets.activate(["publish", "admin"], ["--state-directory", first.stateDirectory])
        let client = try await sockets.connect(0)
        #expect(try await sockets.end(process) == .exited(75))
        // The client still waits, and so an end is followed by the next start.
        #expect(start.duration(to: .now) > .seconds(1))
        client.socket.close()
    }

    @Test func aStateThatIsGivenUpMeanwhileIsServed() async throws {
        let first = try await DaemonProcess.start()
        let process = try sockets.activate(["publish", "admin"], ["--state-directory", first.stateDirectory])
        let client = try await sockets.connect(0)
        #expect(try await first.terminate() == .exited(0))
        #expect(try await client.result("health.check")["status"] == "SERVING")
        process.signal(SIGTERM)
        #expect(try await sockets.end(process) == .exited(0))
    }

    @Test func idleDaemonEndsAndOpenConnectionKeepsIt() async throws {
        let process = try sockets.activate(["publish", "admin"], ["--idle-exit", "200ms"])
        let client = try await sockets.connect(0)
        let start = ContinuousClock.now
        while start.duration(to: .now) < .milliseconds(600) {
            #expect(try await client.result("health.check")["status"] == "SERVING")
        }
        client.socket.close()
        #expect(try await sockets.end(process) == .exited(0))
    }
}
