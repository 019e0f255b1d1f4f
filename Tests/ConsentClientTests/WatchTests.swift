import ConsentClient
import JSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WatchTests {
    private static func event(_ id: JSONValue, _ seq: Int, _ state: String, type: String = "changed") -> String {
        let delivery: JSONValue = ["delivery_id": "dlv_1", "configuration_id": "cfg_1", "state": .string(state)]
        let event: JSONValue = [
            "jsonrpc": "2.0", "method": "watch.event",
            "params": ["id": id, "seq": .int(seq), "type": .string(type), "delivery": delivery],
        ]
        return "\(event)\n"
    }

    @Test func watchGivesEveryEventAndEnds() async throws {
        let server = try await ScriptedServer { requests in
            requests.suffix(1).flatMap { request -> [ScriptedServer.Step] in
                let id = request["id"] ?? .null
                return [
                    .send(Self.event(id, 1, "pending", type: "snapshot")), .send(Self.event(99, 2, "lost")),
                    .send(Self.event(id, 3, "delivered")),
                    .send(request.answered(["last_seq": 3, "reason": "terminal"])),
                ]
            }
        }
        let client = try await ConsentClient.connect(to: server.path)
        var seen: [String] = []
        for try await event in client.watch(.event("e1"), untilTerminal: true) {
            seen.append("\(event.kind) \(event.sequenceNumber) \(event.delivery?.state ?? "-")")
        }
        #expect(seen == ["snapshot 1 pending", "changed 3 delivered"])
    }

    @Test func watchAsksForWhatItsCallerWants() async throws {
        let server = try await ScriptedServer { requests in
            requests.suffix(1).map { $0["params"] == Self.wanted ? .send($0.answered(["reason": "terminal"])) : .close }
        }
        let client = try await ConsentClient.connect(to: server.path)
        let watch = client.watch(.configuration("cfg_1"), after: 7, untilTerminal: true, heartbeat: .seconds(2))
        for try await event in watch { Issue.record("no event was sent, but \(event)") }
    }

    private static let wanted: JSONValue = [
        "configuration_id": "cfg_1", "after_seq": 7, "until_terminal": true, "heartbeat_ms": 2_000,
    ]

    @Test func stoppingDaemonEndsAWatchWithAnError() async throws {
        let server = try await ScriptedServer { requests in
            requests.suffix(1).map { .send($0.answered(["last_seq": 3, "reason": "shutdown"])) }
        }
        let client = try await ConsentClient.connect(to: server.path)
        await #expect(throws: ClientError.closed) {
            for try await event in client.watch(.all) { Issue.record("no event was sent, but \(event)") }
        }
    }

    @Test func leavingAWatchCancelsItAtTheDaemon() async throws {
        let server = try await ScriptedServer { requests in
            switch requests.last?["method"] {
            case "watchDeliveries": [.send(Self.event(requests.last?["id"] ?? .null, 1, "pending"))]
            case "rpc.cancel": []
            default: requests.last.map { [.send($0.answered(.array(requests)))] } ?? []
            }
        }
        let client = try await ConsentClient.connect(to: server.path)
        for try await _ in client.watch(.all) { break }
        let requests = try await client.call("requests so far").arrayValue ?? []
        #expect(requests.map { $0["method"] } == ["watchDeliveries", "rpc.cancel", "requests so far"])
        #expect(requests[1]["params"]?["id"] == requests[0]["id"])
        #expect(requests[1]["id"] == nil)
    }

    @Test func aReaderThatLagsIsToldSo() async throws {
        let server = try await ScriptedServer { requests in
            guard requests.last?["method"] == "watchDeliveries", let id = requests.last?["id"] else {
                return requests.last.map { [.send($0.answered(true))] } ?? []
            }
            return [.send((1...5_000).map { Self.event(id, $0, "pending") }.joined())]
        }
        let client = try await ConsentClient.connect(to: server.path)
        var events = client.watch(.all).makeAsyncIterator()
        // Its answer comes behind all of the events.
        _ = try? await client.call("health.check")
        await #expect(throws: ClientError.watchLags(limit: 4_096)) {
            while try await events.next() != nil {}
        }
    }
}
