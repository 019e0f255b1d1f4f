import ConsentAPI
import JSON
import JSONRPC
import Testing

@Suite struct ParamsReaderTests {
    static func reader(_ json: String) throws -> ParamsReader {
        ParamsReader(try JSONValue.parse(json).objectValue ?? JSONObject(), context: .test)
    }

    @Test func nullIsAbsent() throws {
        let reader = try Self.reader(#"{"a":null}"#)
        #expect(!reader.has("a"))
        #expect(reader.string("a") == nil)
        #expect(reader.int("a", in: 1...2) == nil)
        #expect(reader.bool("a") == nil)
        #expect(reader.object("a") == nil)
        #expect(reader.array("a") == nil)
        reader.finish()
        #expect(reader.violations.isEmpty)
    }

    @Test func everyFaultIsNotedInItsOrder() throws {
        let reader = try Self.reader(#"{"s":1,"e":"","l":"äää","i":1.5,"b":"true","o":[],"a":{}}"#)
        #expect(reader.string("s") == nil)
        #expect(reader.string("e") == nil)
        #expect(reader.string("l", bytesMax: 5) == nil)
        #expect(reader.int("i", in: 0...9) == nil)
        #expect(reader.bool("b") == nil)
        #expect(reader.object("o") == nil)
        #expect(reader.array("a") == nil)
        #expect(reader.requiredString("missing") == nil)
        #expect(reader.violations.map(\.path) == ["s", "e", "l", "i", "b", "o", "a", "missing"])
    }

    @Test func limitsCountBytesAndIncludeTheirBounds() throws {
        let reader = try Self.reader(#"{"s":"ää","low":1,"high":9,"whole":1e1}"#)
        #expect(reader.string("s", bytesMax: 4) == "ää")
        #expect(reader.int("low", in: 1...9) == 1)
        #expect(reader.int("high", in: 1...9) == 9)
        #expect(reader.violations.isEmpty)
        #expect(reader.int("high", in: 1...8) == nil)
        #expect(reader.int("low", in: 2...8) == nil)
        #expect(reader.violations.map(\.path) == ["high", "low"])
    }

    @Test func pathsNameTheWayDown() throws {
        let reader = try Self.reader(#"{"outer":{"list":[{},{"x":1,"y":2}]}}"#)
        let outer = try #require(reader.object("outer"))
        let elements = try #require(outer.array("list"))
        let second = try #require(outer.element(elements[1].name, elements[1].value))
        #expect(second.string("x") == nil)
        second.finish()
        #expect(outer.element("list[7]", "text") == nil)
        #expect(reader.violations.map(\.path) == ["outer.list[1].x", "outer.list[1].y", "outer.list[7]"])
    }

    @Test func membersNobodyAskedForAreFaults() throws {
        let reader = try Self.reader(#"{"known":1,"typo":2,"Known":3,"nil":null}"#)
        _ = reader.has("known")
        reader.finish()
        #expect(reader.violations.map(\.path) == ["typo", "Known", "nil"])
    }

    // MARK: _meta

    @Test func metadataIsRead() throws {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let reader = try Self.reader(
            #"{"_meta":{"timeout_ms":300000,"idempotency_key":"k","traceparent":"\#(trace)"}}"#
        )
        let metadata = CallMetadata.decode(reader)
        #expect(metadata.timeout == .seconds(300))
        #expect(metadata.idempotencyKey == "k")
        #expect(metadata.traceparent == trace)
        #expect(reader.violations.isEmpty)
        #expect(CallMetadata.decode(try Self.reader("{}")).timeout == nil)
    }

    @Test(
        arguments: [
            "00-1", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ]
    )
    func whatIsNoTraceContextStartsNoTrace(_ text: String) throws {
        let reader = try Self.reader(#"{"_meta":{"traceparent":"\#(text)"}}"#)
        #expect(CallMetadata.decode(reader).traceparent == nil)
        #expect(reader.violations.isEmpty)
    }

    @Test func metadataIsChecked() throws {
        let key = String(repeating: "k", count: 129)
        let reader = try Self.reader(#"{"_meta":{"timeout_ms":0,"idempotency_key":"\#(key)","traceparent":7,"x":1}}"#)
        _ = CallMetadata.decode(reader)
        #expect(
            reader.violations.map(\.path)
                == ["_meta.timeout_ms", "_meta.idempotency_key", "_meta.traceparent", "_meta.x"]
        )
        for timeout in ["300001", "-1", "1.5", "\"1\""] {
            let reader = try Self.reader(#"{"_meta":{"timeout_ms":\#(timeout)}}"#)
            _ = CallMetadata.decode(reader)
            #expect(reader.violations.map(\.path) == ["_meta.timeout_ms"])
        }
    }
}
