import Consent
import JSON
import Testing

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        body(&writer)
        return String(decoding: writer.take(), as: UTF8.self)
    }

    @Test func commasAreInTheirPlaces() {
        let text = written { writer in
            writer.beginObject()
            writer.member("a", 1)
            writer.key("b")
            writer.beginArray()
            writer.beginArray()
            writer.endArray()
            writer.beginObject()
            writer.endObject()
            writer.null()
            writer.endArray()
            writer.member("c", ifPresent: nil as Int?)
            writer.member("d", ifPresent: "x")
            writer.endObject()
            writer.newline()
            writer.bool(true)
            writer.newline()
            writer.beginArray()
            writer.raw("{}")
            writer.raw(Array("1e2".utf8))
            writer.value([false, true])
            writer.endArray()
        }
        #expect(text == "{\"a\":1,\"b\":[[],{},null],\"d\":\"x\"}\ntrue\n[{},1e2,[false,true]]")
    }

    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("a\"b\\c/", #""a\"b\\c/""#),
        ("\u{8}\u{9}\u{A}\u{C}\u{D}", #""\b\t\n\f\r""#),
        ("\u{0}\u{1F}\u{1A}\u{7F}", "\"\\u0000\\u001f\\u001a\u{7F}\""), ("é\u{2028}😀", "\"é\u{2028}😀\""),
        ("é\n", "\"é\\n\""),
    ])
    func stringsAreEscaped(text: String, json: String) {
        #expect(written { $0.string(text) } == json)
        #expect(
            written {
                $0.beginObject()
                $0.member(named: text, text)
                $0.endObject()
            } == "{\(json):\(json)}"
        )
    }

    @Test func numbersAreWrittenShort() {
        #expect(written { $0.int(0) } == "0")
        #expect(written { $0.int(Int.min) } == "-9223372036854775808")
        #expect(written { $0.int(UInt64.max) } == "18446744073709551615")
        #expect(written { $0.int(10 as UInt64) } == "10")
        #expect(written { $0.int(-100 as Int64) } == "-100")
        #expect(written { $0.double(0.1) } == "0.1")
        #expect(written { $0.double(-3) } == "-3")
        #expect(written { $0.double(1e300) } == "1e+300")
        #expect(written { $0.double(.nan) } == "null")
        #expect(written { $0.double(-.infinity) } == "null")
    }

    @Test func aWriterStartsAnewWhenEmptied() {
        var writer = JSONWriter(capacity: 100)
        writer.beginArray()
        writer.int(1)
        writer.removeAll()
        writer.int(2)
        #expect(writer.take() == Array("2".utf8))
        #expect(writer.count == 0)
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func randomValuesComeBack(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let value = JSONValue.random(depth: 4, using: &random)
            let read = try JSONValue.parse(value.jsonBytes)
            #expect(read == value, "seed \(seed), round \(round)")
            #expect(read.jsonBytes == value.jsonBytes, "seed \(seed), round \(round)")
        }
    }
}

extension JSONValue {
    static func random(depth: Int, using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .int(Int.random(in: .min ... .max, using: &random) >> Int.random(in: 0...63, using: &random))
        case 3: return .double(Double.random(in: -1e6...1e6, using: &random))
        case 4: return .string(randomText(using: &random))
        case 5:
            return .array(
                (0..<Int.random(in: 0...4, using: &random)).map { _ in .random(depth: depth - 1, using: &random) }
            )
        default:
            let members = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                (randomText(using: &random), JSONValue.random(depth: depth - 1, using: &random))
            }
            return .object(JSONObject(members))
        }
    }

    private static func randomText(using random: inout SeededGenerator) -> String {
        let characters = Array("abcdefgh \"\\/\n\r\t\u{0}\u{1F}\u{7F}éß€漢😀\u{2028}\u{FFFF}".unicodeScalars)
        var text = ""
        for _ in 0..<Int.random(in: 0...20, using: &random) {
            text.unicodeScalars.append(characters.randomElement(using: &random) ?? "x")
        }
        return text
    }
}
