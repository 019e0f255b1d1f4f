import ChildProcesses
import Glibc
import JSON
import TestSupport
import Testing

/// Callers that ask for much and take nothing cost neither memory nor anybody's time, and come and go without a trace.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct MemoryTests {
    private let daemon: DaemonProcess

    init() async throws {
        daemon = try await DaemonProcess.start()
        // What is made once and kept is made before anything is measured.
        for path in [daemon.publishPath, daemon.adminPath] {
            for method in ["rpc.discover", "serviceStatus"] { _ = try await RawClient(path: path).call(method) }
        }
    }

    /// The memory that the daemon takes, in bytes.
    private func residentBytes() throws -> Int {
        let text = String(decoding: try TextFile.read("/proc/\(daemon.process.processID)/statm"), as: UTF8.self)
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return try #require(pages) * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Sends calls, and takes no answer, until the daemon reads no more of them.
    private func flood(_ call: String, on path: String) async throws -> RawClient {
        let client = try RawClient(path: path)
        let burst = [UInt8](repeatElement(Array((call + "\n").utf8), count: 500).joined())
        for _ in 0..<1_000 {
            do { try await client.socket.send(burst, stallLimit: .seconds(1)) } catch is TimedOut { return client }
        }
        Issue.record("the daemon goes on reading although nobody takes its answers")
        return client
    }

    /// The answers are hundreds of times as large as the calls: 22 kB and more for 50 bytes.
    @Test(arguments: ["rpc.discover", "serviceStatus"])
    func neverReadingCallersCostLittle(_ method: String) async throws {
        let before = try residentBytes()
        var clients: [RawClient] = []
        let clock = ContinuousClock()
        for _ in 0..<4 {
            clients.append(try await flood(RPCText.call(1, method), on: daemon.adminPath))
            let other = try daemon.publisher()
            let time = try await clock.measure {
                for _ in 0..<20 { _ = try await other.result("health.check") }
            }
            #expect(time < .seconds(5), "others wait for a caller that takes nothing")
        }
        let growth = try residentBytes() - before
        // A mebibyte of answers for each, what was read of its calls, and what the allocator keeps.
        #expect(growth < 24 << 20, "\(growth) bytes for \(clients.count) callers")
        // Whoever takes the answers in the end misses none.
        let last = clients.removeLast()
        last.socket.finishSending()
        #expect(try await last.line()?.hasPrefix(#"{"jsonrpc":"2.0","id":1,"result""#) == true)
        for client in clients { client.socket.close() }
    }

    @Test func callerThatTakesNothingIsClosedAfterHalfAMinute() async throws {
        let client = try await flood(RPCText.call(1, "rpc.discover"), on: daemon.publishPath)
        let start = ContinuousClock.now
        try await Patience.until("the connection is closed", within: .seconds(50)) {
            do {
                try await client.socket.send([UInt8(ascii: " ")], stallLimit: .milliseconds(500))
                return false
            } catch is TimedOut {
                return false
            } catch is SystemFailure {
                return true
            }
        }
        #expect(start.duration(to: .now) > .seconds(25), "a slow reader has time")
    }

    @Test func pipelinedCallsAreAllAnsweredInTheirOrder() async throws {
        let client = try daemon.admin()
        let count = 2_000
        let calls = (0..<count).map { RPCText.call(.int($0), $0 % 2 == 0 ? "rpc.serverInfo" : "listConfigurations") }
        // All of it fits the kernel's buffer, so that nothing is taken before everything is sent.
        try await client.send(calls.joined())
        client.socket.finishSending()
        let ids = try await client.rest().map { try JSONValue.parse($0)["id"]?.intValue ?? -1 }
        #expect(ids.count == count && Set(ids) == Set(0..<count))
        #expect(ids.filter { $0 % 2 == 1 } == ids.filter { $0 % 2 == 1 }.sorted(), "the store answers in its order")
    }

    @Test func fiveThousandConnectionsLeaveNothing() async throws {
        let request = Array(RPCText.call(1, "health.check").utf8)
        func cycle(_ rounds: Int) async throws {
            for round in 0..<rounds {
                let client = try daemon.publisher()
                switch round % 5 {
                case 0: break
                case 1:
                    try await client.socket.send(request)
                    _ = try await client.answer()
                case 2:
                    try await client.socket.send(request)
                    client.socket.finishSending()
                    _ = try await client.rest()
                case 3: try await client.socket.send(Array(request.dropLast()))
                default: try await client.socket.send(request + [UInt8(ascii: "}")])
                }
                client.socket.close()
            }
        }
        try await cycle(500)
        try await Patience.until("all are closed") { daemon.openDescriptorCount < 40 }
        let before = (descriptors: try await daemon.descriptorCountAtRest(), bytes: try residentBytes())
        try await cycle(5_000)
        try await Patience.until("all are closed") { daemon.openDescriptorCount <= before.descriptors }
        let growth = try residentBytes() - before.bytes
        #expect(growth < 2 << 20, "\(growth) bytes for 5,000 connections")
    }
}
