import JSON
import Testing

/// Bytes in a text and the place of the first one that cannot be right, nil where all are.
struct GrammarCase: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]
    var offset: Int?

    init(_ text: String, _ offset: Int? = nil) {
        bytes = Array(text.utf8)
        self.offset = offset
    }

    /// Bytes between quotes.
    init(inString bytes: [UInt8], _ offset: Int? = nil) {
        self.bytes = [0x22] + bytes + [0x22]
        self.offset = offset
    }

    var testDescription: String { "\(String(decoding: bytes, as: UTF8.self)) \(bytes)" }

    func check(sourceLocation: SourceLocation = #_sourceLocation) {
        let transcript = ScanTranscript(bytes)
        #expect(transcript.error == offset.map { .syntax(offset: $0) }, sourceLocation: sourceLocation)
        #expect(offset != nil || transcript.texts == [bytes], sourceLocation: sourceLocation)
        #expect(ScanTranscript(bytes.chunks(of: 1)) == transcript, sourceLocation: sourceLocation)
        #expect(ScanTranscript(reference: bytes) == transcript, sourceLocation: sourceLocation)
    }
}

@Suite struct JSONGrammarTests {
    @Test(arguments: [
        GrammarCase("[0]"), GrammarCase("[-0]"), GrammarCase("[0.0]"), GrammarCase("[1e5]"), GrammarCase("[1E+5]"),
        GrammarCase("[123.456e-789]"), GrammarCase("[20e1]"), GrammarCase("[0e0]"),
        GrammarCase("[01]", 2), GrammarCase("[-01]", 3), GrammarCase("[00]", 2), GrammarCase("[+1]", 1),
        GrammarCase("[.5]", 1), GrammarCase("[1.]", 3), GrammarCase("[1.e5]", 3), GrammarCase("[1e]", 3),
        GrammarCase("[1e+]", 4), GrammarCase("[-]", 2), GrammarCase("[-a]", 2), GrammarCase("[1.5.5]", 4),
        GrammarCase("[0x1]", 2), GrammarCase("[1_0]", 2), GrammarCase("[Infinity]", 1), GrammarCase("[-Infinity]", 2),
        GrammarCase("[NaN]", 1), GrammarCase("[1e5.5]", 4), GrammarCase("[1 2]", 3), GrammarCase("[--1]", 2),
        GrammarCase("01", 1), GrammarCase("1-2", 1), GrammarCase("1,", 1), GrammarCase("1]", 1), GrammarCase("-", 1),
        GrammarCase("1.", 2), GrammarCase("1e", 2),
    ])
    func numbers(_ row: GrammarCase) { row.check() }

    @Test(arguments: [
        GrammarCase("[true,false,null]"), GrammarCase("[True]", 1), GrammarCase("[tru]", 4), GrammarCase("[trux]", 4),
        GrammarCase("[truee]", 5), GrammarCase("[fals ]", 5), GrammarCase("[nil]", 2), GrammarCase("[nulll]", 5),
        GrammarCase("[undefined]", 1),
    ])
    func literals(_ row: GrammarCase) { row.check() }

    @Test(arguments: [
        GrammarCase("{\"a\":{\"b\":[{},[],{\"c\":\"\"}]}}"), GrammarCase("[\n{\t} ,\r[ ] ]"),
        GrammarCase("[,1]", 1), GrammarCase("[1,]", 3), GrammarCase("[1,,2]", 3), GrammarCase("[1}", 2),
        GrammarCase("{]", 1), GrammarCase("{,}", 1), GrammarCase("{\"a\"}", 4), GrammarCase("{\"a\",1}", 4),
        GrammarCase("{\"a\":}", 5), GrammarCase("{\"a\":1,}", 7), GrammarCase("{a:1}", 1), GrammarCase("{1:1}", 1),
        GrammarCase("{'a':1}", 1), GrammarCase("{\"a\":1 \"b\":2}", 7), GrammarCase("{\"a\"::1}", 5),
        GrammarCase("]", 0), GrammarCase("}", 0), GrammarCase(":", 0), GrammarCase("// x", 0),
        GrammarCase("[1/*x*/]", 2),
        GrammarCase("\u{FEFF}{}", 0), GrammarCase("[\u{A0}1]", 1), GrammarCase("{\"a\":[1,2}", 9),
        GrammarCase("[\"a\",", 5),
        GrammarCase("[\"x\"", 4), GrammarCase("{\"a\":1", 6), GrammarCase("\u{0C}[]", 0), GrammarCase("[\u{0}]", 1),
    ])
    func structure(_ row: GrammarCase) { row.check() }

    @Test(arguments: [
        GrammarCase(#""\"\\\/\b\f\n\r\t\u0000\uFFFF\uabcd""#), GrammarCase(#""\ud83d\ude00\uD800\uDC00\uDBFF\uDFFF""#),
        GrammarCase(#""\a""#, 2), GrammarCase(#""\U0041""#, 2), GrammarCase(#""\'""#, 2), GrammarCase(#""\x41""#, 2),
        GrammarCase(#""\u""#, 3), GrammarCase(#""\u004""#, 6), GrammarCase(#""\u00g0""#, 5),
        GrammarCase(#""\u{41}""#, 3),
        GrammarCase(#""\ud800""#, 7), GrammarCase(#""\ud800x""#, 7), GrammarCase(#""\ud800\n""#, 8),
        GrammarCase(#""\ud800\u0041""#, 9), GrammarCase(#""\ud800\ud800""#, 10), GrammarCase(#""\ud800\udbff""#, 10),
        GrammarCase(#""\udc00""#, 4), GrammarCase(#""\uDFFF""#, 4), GrammarCase(#""ab\udc00\ud800""#, 6),
        GrammarCase(#""\ud800\udc0g""#, 12), GrammarCase(#""\"#, 2), GrammarCase(#""\ud800\udc"#, 11),
        GrammarCase("\"a\nb\"", 2), GrammarCase("\"a\tb\"", 2), GrammarCase("\"\u{0}\"", 1),
        GrammarCase("\"\u{1F}\"", 1),
        GrammarCase("\"1234567\u{1F}\"", 8), GrammarCase("\"12345678\u{1F}\"", 9), GrammarCase("\"\u{7F}\u{2028}\""),
    ])
    func escapesAndControls(_ row: GrammarCase) { row.check() }

    @Test(arguments: [
        GrammarCase(inString: [0xC2, 0x80]), GrammarCase(inString: [0xDF, 0xBF]),
        GrammarCase(inString: [0xE0, 0xA0, 0x80]),
        GrammarCase(inString: [0xED, 0x9F, 0xBF]), GrammarCase(inString: [0xEE, 0x80, 0x80]),
        GrammarCase(inString: [0xEF, 0xBF, 0xBF]), GrammarCase(inString: [0xF0, 0x90, 0x80, 0x80]),
        GrammarCase(inString: [0xF4, 0x8F, 0xBF, 0xBF]),
        GrammarCase(inString: [0x80], 1), GrammarCase(inString: [0xBF], 1), GrammarCase(inString: [0xC0, 0x80], 1),
        GrammarCase(inString: [0xC1, 0xBF], 1), GrammarCase(inString: [0xC2], 2),
        GrammarCase(inString: [0xC2, 0x41], 2),
        GrammarCase(inString: [0xE0, 0x80, 0x80], 2), GrammarCase(inString: [0xE0, 0x9F, 0xBF], 2),
        GrammarCase(inString: [0xE2, 0x82], 3), GrammarCase(inString: [0xE2, 0x82, 0x41], 3),
        GrammarCase(inString: [0xED, 0xA0, 0x80], 2), GrammarCase(inString: [0xED, 0xBF, 0xBF], 2),
        GrammarCase(inString: [0xF0, 0x80, 0x80, 0x80], 2), GrammarCase(inString: [0xF0, 0x8F, 0xBF, 0xBF], 2),
        GrammarCase(inString: [0xF0, 0x9F, 0x98], 4), GrammarCase(inString: [0xF0, 0x9F, 0x98, 0xC0], 4),
        GrammarCase(inString: [0xF4, 0x90, 0x80, 0x80], 2), GrammarCase(inString: [0xF5, 0x80, 0x80, 0x80], 1),
        GrammarCase(inString: [0xF8, 0x88, 0x80, 0x80, 0x80], 1), GrammarCase(inString: [0xFE], 1),
        GrammarCase(inString: [0xFF], 1), GrammarCase(inString: Array("1234567".utf8) + [0xFF], 8),
        GrammarCase(inString: Array("12345678".utf8) + [0xC3, 0xA9] + Array("12345678".utf8)),
    ])
    func utf8(_ row: GrammarCase) { row.check() }

    @Test func everyCharacterPasses() {
        for value in stride(from: UInt32(0x80), through: 0x10FFFF, by: 61) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let bytes = Array("\"\(Character(scalar))\"".utf8)
            #expect(ScanTranscript(bytes).texts == [bytes])
        }
    }
}
