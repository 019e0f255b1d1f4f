import JSON
import TestSupport
import Testing

/// After a byte that cannot be right nothing more is read, and what was accepted is still answered.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct FramingErrorTests {
    private let daemon: DaemonProcess

    init() async throws {
        daemon = try await DaemonProcess.start()
    }

    struct Broken: CustomTestStringConvertible {
        var bytes: [UInt8]
        /// The first byte that cannot be right.
        var offset: Int

        init(_ text: String, _ offset: Int) {
            bytes = Array(text.utf8)
            self.offset = offset
        }

        init(inString bytes: [UInt8], _ offset: Int) {
            self.bytes = Array(#"{"a":""#.utf8) + bytes + Array(#""}"#.utf8)
            self.offset = offset
        }

        var testDescription: String { String(decoding: bytes, as: UTF8.self) }
    }

    private static let broken = [
        Broken(#"{"a":}"#, 5), Broken(#"{"a" 1}"#, 5), Broken("}", 0), Broken("{,}", 1), Broken("[1,]", 3),
        Broken(#"{"a":1,}"#, 7), Broken("[1 2]", 3), Broken("[}", 1), Broken(#"{"a":[}"#, 6), Broken("{1:2}", 1),
        Broken(#"{"a":01}"#, 6), Broken(#"{"a":1.}"#, 7), Broken(#"{"a":-}"#, 6), Broken(#"{"a":1e}"#, 7),
        Broken(#"{"a":+1}"#, 5), Broken(#"{"a":.5}"#, 5), Broken(#"{"a":tru}"#, 8), Broken(#"{"a":NaN}"#, 5),
        Broken("{'a':1}", 1), Broken("{\"a\":\"\u{1}\"}", 6), Broken("{\"a\":\"\n\"}", 6),
        Broken(#"{"a":"\x"}"#, 7), Broken(#"{"a":"\u12g4"}"#, 10), Broken("\u{feff}{}", 0), Broken("/* no */{}", 0),
        Broken(inString: [0xff], 6), Broken(inString: [0xc3, 0x28], 7), Broken(inString: [0xc0, 0xaf], 6),
        Broken(inString: [0xed, 0xa0, 0x80], 7), Broken(inString: [0xf4, 0x90, 0x80, 0x80], 7),
        Broken(inString: [0x80], 6),
    ]

    @Test(arguments: broken)
    func firstWrongByteIsNamedAndNothingAfterItRuns(_ broken: Broken) async throws {
        let client = try daemon.publisher()
        let before = RPCText.call(1, "health.check") + "\n"
        let after = RPCText.call(2, "health.check")
        try await client.socket.send(Array(before.utf8) + broken.bytes + Array(after.utf8))
        let answers = try await client.rest().map { try JSONValue.parse($0) }
        #expect(answers.count == 2)
        #expect(answers.answer(to: 1)?["result"]?["status"] == "SERVING")
        let error = answers.answer(to: .null)
        #expect(error?.code == -32700)
        #expect(error?.offset == before.utf8.count + broken.offset)
    }

    @Test(arguments: [#"\ud800"#, #"\udc00"#, #"\ud800\u0041"#, #"\ud800x"#, #"\ud800\ud800"#])
    func loneSurrogateIsAnError(_ escape: String) async throws {
        let client = try daemon.publisher()
        try await client.send(#"{"jsonrpc":"2.0","id":"\#(escape)","method":"health.check"}"#)
        let answers = try await client.rest().map { try JSONValue.parse($0) }
        #expect(answers.count == 1)
        #expect(answers.first?.code == -32700 && answers.first?["id"]?.isNull == true)
    }

    @Test func endInsideAMessageIsAnErrorAtTheEnd() async throws {
        let request = Array(RPCText.call(1, "health.check").utf8)
        for count in 1..<request.count {
            let client = try daemon.publisher()
            try await client.socket.send(Array(request[..<count]))
            client.socket.finishSending()
            let answers = try await client.rest().map { try JSONValue.parse($0) }
            #expect(answers.count == 1 && answers.first?.code == -32700, "\(count): \(answers)")
            #expect(answers.first?.offset == count)
        }
    }

    @Test func emptyAndBlankStreamsEndInSilence() async throws {
        for text in ["", " \n\t\r\n"] {
            let client = try daemon.publisher()
            try await client.send(text)
            client.socket.finishSending()
            #expect(try await client.rest() == [])
        }
    }

    /// A request in which arrays are nested, the request itself being the first level.
    private static func nested(_ levels: Int) -> String {
        let arrays = levels - 1
        let value = String(repeating: "[", count: arrays) + String(repeating: "]", count: arrays)
        return #"{"jsonrpc":"2.0","id":1,"method":"health.check","deep":"# + value + "}"
    }

    @Test func sixtyFourLevelsAreTakenAndOneMoreIsNot() async throws {
        let client = try daemon.publisher()
        try await client.send(Self.nested(64))
        #expect(try await client.answer()["result"]?["status"] == "SERVING")
        try await client.send(Self.nested(65))
        let answers = try await client.rest().map { try JSONValue.parse($0) }
        #expect(answers.count == 1)
        let error = answers.first
        #expect(error?.code == -32600 && error?.status == "RESOURCE_EXHAUSTED" && error?.reason == "NESTING_TOO_DEEP")
        #expect(error?["id"]?.isNull == true)
    }

    @Test(arguments: [UInt8(ascii: "["), UInt8(ascii: "{")])
    func depthBombIsAnErrorAndNoCrash(_ bracket: UInt8) async throws {
        let client = try daemon.publisher()
        try? await client.socket.send([UInt8](repeating: bracket, count: 1_000_000))
        let answer = try JSONValue.parse(try #require(try await client.rest().first))
        #expect(answer.code == (bracket == UInt8(ascii: "[") ? -32600 : -32700), "\(answer)")
        #expect(try await daemon.result("health.check")["status"] == "SERVING")
    }

    @Test func fiveMegabytesAreRefusedAndTheDaemonLives() async throws {
        let client = try daemon.publisher()
        let text = #"{"jsonrpc":"2.0","id":1,"method":"health.check","x":""# + String(repeating: "y", count: 5 << 20)
        try? await client.send(text + "\"}")
        let answer = try JSONValue.parse(try #require(try await client.rest().first))
        #expect(answer.code == -32600 && answer.status == "RESOURCE_EXHAUSTED" && answer.reason == "MESSAGE_TOO_LARGE")
        #expect(answer["id"]?.isNull == true)
        #expect(try await daemon.result("health.check")["status"] == "SERVING")
    }

    /// Behind the error comes nothing, or more than is drained of a connection that has nothing left to say.
    @Test(arguments: [0, 2 << 20])
    func callsInProgressAreAnsweredAfterTheError(bytesBehind: Int) async throws {
        let scene = try await Scene.start()
        try await scene.configure()
        try await scene.simulator.seed("Lead", [Scene.lead("ada@example.com")])
        try await scene.simulator.fail(["fault": "hold", "match": ["kind": "collections_update"]])
        let client = try scene.daemon.publisher()
        let params = Scene.publishing("ada@example.com", ["tFyHkpl": true], waitFor: "delivered")
        try await client.send(RPCText.call(1, "publishConsent", params) + "}")
        let error = try await client.answer()
        #expect(error.code == -32700 && error["id"]?.isNull == true, "said at once")
        try await client.socket.send([UInt8](repeating: UInt8(ascii: "x"), count: bytesBehind))
        try await scene.simulator.recover()
        let answer = try await client.answer()
        #expect(answer["id"] == 1 && answer["result"]?["deliveries"]?[0]?["state"] == "delivered", "\(answer)")
        #expect(try await client.line() == nil)
    }
}
