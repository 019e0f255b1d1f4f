import Consent
import JSON
import Testing

struct JSONScannerTests {
    @Test(arguments: [
        ("{}", ["{}"]),
        (" \r\n\t{ } \n", ["{ }"]),
        ("{}{}[]", ["{}", "{}", "[]"]),
        ("{\"a\":[1,{\"b\":null}]}\n\n[2]", ["{\"a\":[1,{\"b\":null}]}", "[2]"]),
        ("1 -2.5e3 \"x\"true null", ["1", "-2.5e3", "\"x\"", "true", "null"]),
        ("12{}7[]8\"a\"9", ["12", "{}", "7", "[]", "8", "\"a\"", "9"]),
        ("", []),
        (" \n", []),
    ])
    func textsFollowOneAnotherWithAnySpace(stream: String, texts: [String]) {
        let transcript = ScanTranscript(stream)
        #expect(transcript.strings == texts)
        #expect(transcript.error == nil)
    }

    @Test func aTextIsThereAtItsClosingBracket() throws {
        var scanner = JSONScanner(messageBytesMax: 100, nestingMax: 8)
        scanner.append(Array(#"{"a":[1]"#.utf8))
        #expect(try !scanner.next())
        #expect(scanner.isInsideText)
        scanner.append(Array("}".utf8))
        #expect(try scanner.next())
        #expect(!scanner.isInsideText)
        #expect(try !scanner.finish())
    }

    @Test(arguments: 0...everything.count)
    func anyCutGivesTheSameText(position: Int) {
        let stream = everything + everything
        let transcript = ScanTranscript([stream[..<position], stream[position...]])
        #expect(transcript.texts == [everything, everything])
    }

    @Test(arguments: 1...40)
    func anyChunkSizeGivesTheSameTexts(size: Int) {
        let stream = [UInt8](repeatElement(everything, count: 5).joined())
        #expect(ScanTranscript(stream.chunks(of: size)).texts == Array(repeating: everything, count: 5))
    }

    @Test(arguments: 1..<everything.count)
    func anyTruncationIsAnErrorAtTheEnd(length: Int) {
        let transcript = ScanTranscript(Array(everything[..<length]))
        #expect(transcript == ScanTranscript(reference: Array(everything[..<length])))
        #expect(transcript.error == .syntax(offset: length))
    }

    @Test(arguments: everything.indices)
    func anyChangedByteIsJudgedAsByTheReference(position: Int) {
        let bits = (0..<8).map { everything[position] ^ 1 << $0 }
        let telling: [UInt8] =
            Array("\"\\{}[],:0-.eu/ \n".utf8) + [0x00, 0x1F, 0x7F, 0x80, 0xC1, 0xC2, 0xE0, 0xED, 0xF4, 0xFF]
        for byte in bits + telling {
            var stream = everything
            stream[position] = byte
            let expected = ScanTranscript(reference: stream)
            #expect(ScanTranscript(stream) == expected, "byte \(byte)")
            #expect(ScanTranscript(stream.chunks(of: 1)) == expected, "byte \(byte), one at a time")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func randomStreamsInRandomChunksAreJudgedAsByTheReference(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\u", "d8", "3f", "dc00", "\\", "é", "😀", "0", "1", "-", ".5", "e",
            "true", "nul", " ",
        ]
        for round in 0..<3000 {
            var stream: [UInt8] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                stream += Array((pieces.randomElement(using: &random) ?? "").utf8)
            }
            if Bool.random(using: &random) { stream = Array("[\"".utf8) + stream }
            let chunks = stream.chunks(of: Int.random(in: 1...5, using: &random))
            #expect(
                ScanTranscript(chunks) == ScanTranscript(reference: stream),
                "seed \(seed), round \(round): \(stream)"
            )
        }
    }

    @Test func anErrorIsToldBeforeTheTextIsWhole() throws {
        var scanner = JSONScanner(messageBytesMax: 100, nestingMax: 8)
        scanner.append(Array(#"{"a":01"#.utf8))
        #expect(throws: JSONScanError.syntax(offset: 6)) { try scanner.next() }
    }

    @Test func anErrorStays() {
        var scanner = JSONScanner(messageBytesMax: 100, nestingMax: 8)
        scanner.append(Array("{} ] {}".utf8))
        #expect(throws: Never.self) { try scanner.next() }
        #expect(throws: JSONScanError.syntax(offset: 3)) { try scanner.next() }
        scanner.append(Array("{}".utf8))
        #expect(throws: JSONScanError.syntax(offset: 3)) { try scanner.next() }
        #expect(throws: JSONScanError.syntax(offset: 3)) { try scanner.finish() }
    }

    @Test func offsetsCountFromTheStartOfTheStream() {
        let stream = [UInt8](repeatElement(Array(#"{"a":1} "#.utf8), count: 100).joined()) + Array("[x".utf8)
        for size in [1, 7, 100, 1000] {
            let transcript = ScanTranscript(stream.chunks(of: size))
            #expect(transcript.texts.count == 100)
            #expect(transcript.error == .syntax(offset: 801))
        }
    }

    @Test func spansAreTakenToo() throws {
        var scanner = JSONScanner(messageBytesMax: 100, nestingMax: 8)
        let stream = Array("{}".utf8)
        let span = stream.span
        scanner.append(span.extracting(0..<1))
        #expect(try !scanner.next())
        scanner.append(span.extracting(1..<2))
        #expect(try scanner.next())
        #expect(Array(scanner.document.rawBytes(scanner.document.root)) == stream)
    }
}
