import JSON
import TestSupport
import Testing

/// Requests are found in the stream by their brackets alone.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct FramingTests {
    private let daemon: DaemonProcess
    private let client: RawClient

    init() async throws {
        daemon = try await DaemonProcess.start()
        client = try daemon.publisher()
    }

    private static let request = #"{"jsonrpc":"2.0","id":"cut","method":"health.check","params":{"service":""}}"#

    private func expectServing(_ answer: JSONValue, _ place: String) {
        #expect(answer["id"] == "cut" && answer["result"]?["status"] == "SERVING", "\(place): \(answer)")
    }

    @Test func requestIsAnsweredWhereverItIsCut() async throws {
        let bytes = Array(Self.request.utf8)
        for cut in 1..<bytes.count {
            try await client.socket.send(Array(bytes[..<cut]))
            try await client.socket.drained()
            try await client.socket.send(Array(bytes[cut...]))
            expectServing(try await client.answer(), "cut at \(cut)")
        }
    }

    @Test func oneByteAtATimeIsEnough() async throws {
        for byte in Array(Self.request.utf8) {
            try await client.socket.send([byte])
            try await client.socket.drained()
        }
        expectServing(try await client.answer(), "one byte at a time")
    }

    @Test func prettyPrintedRequestNeedsNoNewline() async throws {
        try await client.send(
            """
            \r\n\t {
                "params" : {
                    "service" : ""
                } ,\r
                "method" : "health.check" ,
                "id"\t: "cut",
                "jsonrpc" : "2.0"
            }
            """
        )
        expectServing(try await client.answer(), "pretty-printed")
    }

    @Test(arguments: ["", " ", "\n", "\r\n\r\n", "\t \n"])
    func requestsMayTouchOrBeApart(separator: String) async throws {
        let calls = (0..<50).map { RPCText.call(.int($0), "health.check") }
        try await client.send(calls.joined(separator: separator))
        let answers = try await client.answers(50)
        #expect(Set(answers.compactMap { $0["id"]?.intValue }) == Set(0..<50))
    }

    @Test func objectsAndBatchesMayTouch() async throws {
        let call = RPCText.call(1, "health.check")
        try await client.send(call + "[" + RPCText.call(2, "health.check") + "]" + RPCText.call(3, "health.check"))
        let answers = try await client.answers(3)
        #expect(answers.answer(to: 1) != nil && answers.answer(to: 3) != nil)
        #expect(answers.contains { $0[0]?["id"] == 2 })
    }

    @Test func answerIsOneCompactLine() async throws {
        try await client.send(RPCText.call("a b\n\u{1}é", "rpc.serverInfo"))
        let line = try #require(try await client.line())
        #expect(try JSONValue.parse(line)["id"] == "a b\n\u{1}é")
        let parsed = try JSONValue.parse(line)
        #expect(parsed.description.utf8.count == line.utf8.count, "no white space outside of strings")
    }

    @Test func serverNeverSpeaksFirst() async throws {
        await #expect(throws: TimedOut.self) { try await client.line(within: .milliseconds(300)) }
    }

    @Test func bracketsInsideStringsDoNotCount() async throws {
        let id = #"}]\"{["#
        try await client.send(#"{"jsonrpc":"2.0","id":"\#(id)","method":"health.check"}"#)
        #expect(try await client.answer()["id"] == #"}]"{["#)
    }

    @Test func largestMessageIsTakenAndOneByteMoreIsNot() async throws {
        let frame = #"{"jsonrpc":"2.0","id":1,"method":"health.check","pad":""}"#
        let room = 4 << 20
        let pad = String(repeating: "x", count: room - frame.utf8.count)
        let largest = frame.replacing("\"pad\":\"", with: "\"pad\":\"" + pad)
        #expect(largest.utf8.count == room)
        try await client.send(largest)
        #expect(try await client.answer()["result"]?["status"] == "SERVING")

        let second = try daemon.publisher()
        try? await second.send(largest.replacing("\"pad\":\"", with: "\"pad\":\"x"))
        let answers = try await second.rest()
        #expect(answers.count == 1)
        let answer = try JSONValue.parse(answers.first ?? "null")
        #expect(answer.code == -32600 && answer.reason == "MESSAGE_TOO_LARGE", "\(answer)")
    }
}
