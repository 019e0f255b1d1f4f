import JSON
import Testing

@Suite struct JSONDigestTests {
    private func digest(_ text: String) throws -> JSONDigest {
        let document = try JSONDocument(Array(text.utf8))
        return document.digest(document.root)
    }

    @Test(arguments: [
        (#"{"a":1,"b":[2,{"c":null}]}"#, #" { "b" : [2,{"c":null}] , "\u0061" : 1.0 } "#), ("1", "1.0"), ("1", "1e0"),
        ("1", "0.1e1"),
        ("100", "1E+2"), ("100", "1000e-1"), ("0", "-0"), ("0", "0.000e5"), ("-5", "-50e-1"), (#""é""#, #""\u00e9""#),
        (#""\/\n""#, #""\u002f\u000a""#), (#""😀""#, #""\uD83D\ude00""#),
        ("12345678901234567890123", "1.2345678901234567890123e22"),
        ("1e400", "10e399"), ("9007199254740993", "9007199254740993.00"), ("1e00000000000000000000001", "10"),
        ("1e99999999999999999999", "1e+099999999999999999999"),
    ])
    func spellingDoesNotMatter(one: String, other: String) throws {
        #expect(try digest(one) == digest(other))
    }

    @Test func differentValuesDiffer() throws {
        let texts = [
            "null", "true", "false", "0", "1", "-1", "10", "0.1", "\"\"", "\"0\"", "\"1\"", "\"null\"", "[]", "{}",
            "[[]]", "[{}]",
            "[null]", "[0]", "[1,2]", "[2,1]", "[[1],2]", "[[1,2]]", "[1,[2]]", #"{"a":1}"#, #"{"b":1}"#, #"{"a":2}"#,
            #"{"a":{}}"#,
            #"{"a":1,"b":2}"#, #"{"a":2,"b":1}"#, #"{"a":"b"}"#, #"{"b":"a"}"#, #"{"a":{"b":1},"c":2}"#,
            #"{"a":{"b":1,"c":2}}"#,
            #""a""#, #""a\u0000""#, #""a\u0000\u0000""#, #""12345678""#, #""123456780""#, #""1234567812345678""#,
            #""12345678123456781""#,
            "9007199254740993", "9007199254740992", "1e400", "1e401", "12345678901234567890123",
            "12345678901234567890124",
            "1e99999999999999999999", "1e99999999999999999998", "1e-99999999999999999999", #""é""#, #""e\u0301""#,
            #"[{"a":1},{"a":1}]"#, #"[{"a":1,"b":1}]"#, #"["a","b"]"#, #"["ab"]"#,
        ]
        let digests = try texts.map { try digest($0) }
        #expect(Set(digests).count == texts.count)
    }

    @Test func oneChangedByteOfAStringChangesBothHalves() throws {
        for count in 0...40 {
            let text = Array(repeating: UInt8(ascii: "x"), count: count)
            let base = try digest("\"" + String(decoding: text, as: UTF8.self) + "\"")
            for index in 0..<count {
                var changed = text
                changed[index] = UInt8(ascii: "y")
                let other = try digest("\"" + String(decoding: changed, as: UTF8.self) + "\"")
                #expect(base.high != other.high && base.low != other.low, "length \(count), byte \(index)")
            }
        }
    }

    @Test func theBytesAroundDoNotMatter() throws {
        let text = Array(#"{"id":"5d0e7f0e","enabled":true}"#.utf8)
        let expected = try JSONDocument(text).digest(JSONDocument(text).root)
        for count in 0...9 {
            var scanner = JSONScanner(messageBytesMax: 1000, nestingMax: 8)
            let space = Array(repeating: UInt8(ascii: " "), count: count)
            scanner.append(Array("[]".utf8) + space + text + space)
            #expect(try scanner.next())
            #expect(try scanner.next())
            #expect(scanner.document.digest(scanner.document.root) == expected)
        }
    }

    @Test func aDigestKeptOnDiskStaysValid() throws {
        let known = try digest(
            #"{"id":"e1","enabled":[true,false,null],"n":12.50,"text":"a longer text, thirty bytes."}"#
        )
        #expect(known == JSONDigest(high: 14_292_760_023_618_243_071, low: 10_533_177_620_145_482_540))
    }
}
