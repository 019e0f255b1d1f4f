import JSON
import JSONRPC
import Testing

@Suite struct MessageTests {
    private func message(_ text: String) throws -> Message { Message.parse(try JSONDocument(Array(text.utf8))) }

    private func single(_ text: String) throws -> Message.Item {
        guard case .single(let item) = try message(text) else {
            Issue.record("not single: \(text)")
            return .invalid(InvalidRequest(id: .null, reason: .emptyBatch))
        }
        return item
    }

    @Test func aCallIsRead() throws {
        let document = try JSONDocument(
            Array(
                #"{"params":{"event":{"id":"e"}},"extra":[{}],"method":"publishConsent","id":7,"jsonrpc":"2.0"}"#.utf8
            )
        )
        guard case .single(.request(let request)) = Message.parse(document) else {
            Issue.record("no request")
            return
        }
        #expect(request.id?.text == "7")
        #expect(request.method == "publishConsent")
        let params = try #require(request.params)
        #expect(String(decoding: document.rawBytes(params), as: UTF8.self) == #"{"event":{"id":"e"}}"#)
    }

    @Test(arguments: [
        "1.0", "-0", "1e2", "9007199254740993", "0", "null", #""""#, #""a""#, #""\u0061\/é""#,
        "12345678901234567890123456789",
        "\"" + String(repeating: "x", count: 126) + "\"",
    ])
    func idsComeBackByteForByte(id: String) throws {
        guard case .request(let request) = try single(#"{"jsonrpc":"2.0","id":\#(id),"method":"m"}"#) else {
            Issue.record("no request")
            return
        }
        var writer = JSONWriter()
        Response.writeResult(id: try #require(request.id), true, to: &writer)
        #expect(String(decoding: writer.take(), as: UTF8.self) == #"{"jsonrpc":"2.0","id":\#(id),"result":true}"#)
    }

    @Test func idsAreComparedByTheirBytes() throws {
        func id(_ text: String) throws -> RequestID? {
            let document = try JSONDocument(Array(text.utf8))
            return RequestID(document, document.root)
        }
        #expect(try id("1") == id("1"))
        #expect(try id("1") != id("1.0"))
        #expect(try id("\"é\"") != id("\"e\u{301}\""))
        #expect(try Set([id("1"), id("1"), id("\"1\"")]).count == 2)
        #expect(try id("null") == RequestID.null)
        #expect(try id("true") == nil)
    }

    @Test func anAbsentIDMakesANotification() throws {
        guard case .request(let request) = try single(#"{"jsonrpc":"2.0","method":"m"}"#) else {
            Issue.record("no request")
            return
        }
        #expect(request.id == nil)
        #expect(request.params == nil)
    }

    @Test func nullParamsAreAbsent() throws {
        guard case .request(let request) = try single(#"{"jsonrpc":"2.0","method":"m","params":null,"id":1}"#) else {
            Issue.record("no request")
            return
        }
        #expect(request.params == nil)
    }

    /// An item that is no request, with the id and the reason that it is answered with.
    struct InvalidCase: Sendable {
        var text: String
        var id: String
        var reason: InvalidRequest.Reason

        init(_ text: String, _ id: String, _ reason: InvalidRequest.Reason) {
            self.text = text
            self.id = id
            self.reason = reason
        }
    }

    @Test(arguments: [
        InvalidCase("1", "null", .notAnObject), InvalidCase("\"x\"", "null", .notAnObject),
        InvalidCase("null", "null", .notAnObject),
        InvalidCase("true", "null", .notAnObject), InvalidCase("{}", "null", .wrongVersion),
        InvalidCase(#"{"id":5,"method":"m"}"#, "5", .wrongVersion),
        InvalidCase(#"{"jsonrpc":"1.0","id":5,"method":"m"}"#, "5", .wrongVersion),
        InvalidCase(#"{"jsonrpc":2.0,"id":"a","method":"m"}"#, "\"a\"", .wrongVersion),
        InvalidCase(#"{"jsonrpc":"2.0 ","id":5,"method":"m"}"#, "5", .wrongVersion),
        InvalidCase(#"{"jsonrpc":"2.0","id":true,"method":"m"}"#, "null", .invalidID),
        InvalidCase(#"{"jsonrpc":"2.0","id":[1],"method":"m"}"#, "null", .invalidID),
        InvalidCase(#"{"jsonrpc":"2.0","id":{},"method":"m"}"#, "null", .invalidID),
        InvalidCase(
            #"{"jsonrpc":"2.0","id":"\#(String(repeating: "x", count: 127))","method":"m"}"#,
            "null",
            .idTooLong
        ),
        InvalidCase(#"{"jsonrpc":"2.0","id":\#(String(repeating: "1", count: 129)),"method":"m"}"#, "null", .idTooLong),
        InvalidCase(#"{"jsonrpc":"2.0","id":1}"#, "1", .invalidMethod),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":1}"#, "1", .invalidMethod),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":null}"#, "1", .invalidMethod),
        InvalidCase(#"{"jsonrpc":"2.0","method":["m"]}"#, "null", .invalidMethod),
        InvalidCase(
            #"{"jsonrpc":"2.0","id":1,"method":"\#(String(repeating: "m", count: 257))"}"#,
            "1",
            .methodTooLong
        ),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":"m","params":1}"#, "1", .invalidParams),
        InvalidCase(#"{"jsonrpc":"2.0","method":"m","params":"x"}"#, "null", .invalidParams),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":"m","params":false}"#, "1", .invalidParams),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":"m","method":"m"}"#, "1", .duplicateMember),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":"m","id":1}"#, "null", .duplicateMember),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":"m","id":2,"id":3}"#, "null", .duplicateMember),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":"m","\u0069d":2}"#, "null", .duplicateMember),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":[{"b":1,"b":2}]}}"#, "1", .duplicateMember),
        InvalidCase(#"{"jsonrpc":"2.0","id":1,"method":"m","x":{"b":1,"\u0062":2}}"#, "1", .duplicateMember),
        InvalidCase("[]", "null", .emptyBatch),
    ])
    func whatIsNoRequestIsToldWithTheUsableID(row: InvalidCase) throws {
        guard case .invalid(let invalid) = try single(row.text) else {
            Issue.record("taken for a request: \(row.text)")
            return
        }
        #expect(invalid.id.text == row.id)
        #expect(invalid.reason == row.reason)
        #expect(invalid.error.code == -32600)
        #expect(invalid.error.status == .invalidArgument)
    }

    @Test func lengthsAtTheLimitPass() throws {
        let id = String(repeating: "1", count: 128)
        let method = String(repeating: "m", count: 256)
        for text in [id, "\"" + String(repeating: "x", count: 126) + "\""] {
            guard case .request(let request) = try single(#"{"jsonrpc":"2.0","id":\#(text),"method":"\#(method)"}"#)
            else {
                Issue.record("refused")
                continue
            }
            #expect(request.id?.text == text)
            #expect(request.method == method)
        }
    }

    @Test func inABatchOnlyTheWrongItemFails() throws {
        let text =
            #"[{"jsonrpc":"2.0","id":1,"method":"a"},7,{"jsonrpc":"2.0","method":"b"},{"jsonrpc":"2.0","id":2,"method":"c","params":{"x":1,"x":2}},[]]"#
        guard case .batch(let items) = try message(text) else {
            Issue.record("no batch")
            return
        }
        let summary = items.map { item in
            switch item {
            case .request(let request): "\(request.method) \(request.id?.text ?? "-")"
            case .invalid(let invalid): "\(invalid.reason.rawValue) \(invalid.id.text)"
            }
        }
        #expect(summary == ["a 1", "NOT_AN_OBJECT null", "b -", "DUPLICATE_MEMBER 2", "NOT_AN_OBJECT null"])
    }

    @Test func aThousandItemsPassAndOneMoreDoesNot() throws {
        let call = #"{"jsonrpc":"2.0","id":8,"method":"m"}"#
        let notification = #"{"jsonrpc":"2.0","method":"m"}"#
        func batch(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }
        guard case .batch(let items) = try message(batch(Array(repeating: call, count: 1000))) else {
            Issue.record("no batch")
            return
        }
        #expect(items.count == 1000)
        for (texts, id) in [
            (Array(repeating: notification, count: 10) + Array(repeating: call, count: 991), "8"),
            (Array(repeating: notification, count: 1000) + [call], "8"),
            (Array(repeating: notification, count: 1001), "null"),
        ] {
            guard case .batch(let refused) = try message(batch(texts)), case .invalid(let invalid) = refused.first
            else {
                Issue.record("not refused")
                continue
            }
            #expect(refused.count == 1)
            #expect(invalid.id.text == id)
            #expect(invalid.error.status == .resourceExhausted)
            #expect(invalid.error.code == -32600)
            #expect(invalid.error.reason == "BATCH_TOO_LARGE")
        }
    }
}
