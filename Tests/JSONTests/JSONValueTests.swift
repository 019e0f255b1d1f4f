import JSON
import Testing

@Suite struct JSONValueTests {
    @Test func aTextIsReadAndWritten() throws {
        let text = #"{"b":[1.50,-0,"x\n",true,false,null,{}],"a":{"é":[]}}"#
        let value = try JSONValue.parse(text)
        #expect(value.description == text)
        #expect(value["b"]?[0]?.doubleValue == 1.5)
        #expect(value["b"]?[1]?.intValue == 0)
        #expect(value["b"]?[2]?.stringValue == "x\n")
        #expect(value["b"]?[3]?.boolValue == true)
        #expect(value["b"]?[5]?.isNull == true)
        #expect(value["b"]?[7] == nil)
        #expect(value["b"]?.arrayValue?.count == 7)
        #expect(value["a"]?["é"] == [])
        #expect(value["c"] == nil)
        #expect(value["b"]?["x"] == nil)
        #expect(value.objectValue?.names == ["b", "a"])
    }

    @Test func aWrongTextThrows() {
        #expect(throws: JSONScanError.syntax(offset: 4)) { try JSONValue.parse("[1, ]") }
        #expect(throws: JSONScanError.messageTooLarge(limit: 2)) {
            try JSONValue.parse(Array("[1]".utf8), messageBytesMax: 2)
        }
        #expect(throws: JSONScanError.nestingTooDeep(limit: 1)) {
            try JSONValue.parse(Array("[[]]".utf8), nestingMax: 1)
        }
    }

    @Test func equalityIsByContent() throws {
        #expect(try JSONValue.parse(#"{"a":1,"b":[2]}"#) == JSONValue.parse(#"{"b":[2e0],"a":1.0}"#))
        #expect(try JSONValue.parse("[1,2]") != JSONValue.parse("[2,1]"))
        #expect(JSONValue.string("é") != JSONValue.string("e\u{301}"))
        #expect(JSONValue.number("1") != JSONValue.string("1"))
        #expect(try JSONValue.parse(#"{"a":1}"#) != JSONValue.parse(#"{"a":1,"b":null}"#))
    }

    @Test func theLastOfTwoMembersStays() throws {
        #expect(try JSONValue.parse(#"{"a":1,"b":2,"a":3}"#).description == #"{"a":3,"b":2}"#)
    }

    @Test(arguments: 1...20)
    func theLastOfTwoMembersStaysInAnObjectOfAnySize(count: Int) {
        let names = (0..<count).map { "name\($0)" }
        let twice = JSONObject((names + names).enumerated().map { ($0.element, JSONValue.int($0.offset)) })
        #expect(twice.names == names)
        #expect(twice.map(\.value) == (count..<2 * count).map { JSONValue.int($0) })
    }

    @Test func membersAreSetInPlace() {
        var value: JSONValue = ["a": 1, "b": .null]
        value["c"] = "x"
        value["a"] = [true]
        value["b"] = nil
        #expect(value.description == #"{"a":[true],"c":"x"}"#)
        value["d"] = .some(.null)
        #expect(value["d"]?.isNull == true)
        var scalar: JSONValue = 5
        scalar["a"] = 1
        #expect(scalar == ["a": 1])
    }

    @Test(arguments: [
        (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
        (#"{"a":"b"}"#, #"{"a":null}"#, "{}"), (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
        (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#), (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
        (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
        (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#), (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
        (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#), (#"{"a":"foo"}"#, "null", "null"),
        (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
        (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#), ("[1,2]", #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
        ("{}", #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
    ])
    func mergePatchesFollowTheRFC(target: String, patch: String, result: String) throws {
        #expect(try JSONValue.parse(target).merging(patch: JSONValue.parse(patch)).description == result)
    }
}
