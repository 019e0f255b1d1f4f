import JSON
import Testing

@Suite struct JSONScannerLimitTests {
    private func nested(_ depth: Int, _ open: String = "[", _ close: String = "]") -> [UInt8] {
        Array((String(repeating: open, count: depth) + String(repeating: close, count: depth)).utf8)
    }

    @Test func sixtyFourLevelsPassAndOneMoreDoesNot() {
        #expect(ScanTranscript(nested(64)).texts.count == 1)
        #expect(ScanTranscript(nested(65)) == failed(.nestingTooDeep(limit: 64)))
        let objects = String(repeating: "{\"a\":", count: 64) + "[" + String(repeating: "}", count: 64)
        #expect(ScanTranscript(objects).error == .nestingTooDeep(limit: 64))
    }

    @Test func siblingsDoNotAddToTheDepth() {
        let siblings = Array(("[" + Array(repeating: "[[]]", count: 500).joined(separator: ",") + "]").utf8)
        #expect(ScanTranscript(siblings, nestingMax: 3).texts == [siblings])
        #expect(ScanTranscript(siblings, nestingMax: 2).error == .nestingTooDeep(limit: 2))
    }

    @Test func tooDeepIsToldAtTheBracket() throws {
        var scanner = JSONScanner(messageBytesMax: 1000, nestingMax: 2)
        scanner.append(Array("[[[".utf8))
        #expect(throws: JSONScanError.nestingTooDeep(limit: 2)) { try scanner.next() }
    }

    @Test(arguments: [10, 100, 4 << 20])
    func aTextOfExactlyTheLimitPasses(limit: Int) {
        let text = Array("\"".utf8) + Array(repeating: UInt8(ascii: "x"), count: limit - 2) + Array("\"".utf8)
        let spaced = Array("  ".utf8) + text + Array("\n{}".utf8)
        #expect(ScanTranscript(spaced, messageBytesMax: limit).texts == [text, Array("{}".utf8)])
        #expect(ScanTranscript(spaced.chunks(of: max(limit / 3, 1)), messageBytesMax: limit).texts.count == 2)
    }

    @Test(arguments: [10, 100, 4 << 20])
    func aTextOverTheLimitIsToldWithTheFirstByteOverIt(limit: Int) throws {
        var scanner = JSONScanner(messageBytesMax: limit, nestingMax: 4)
        scanner.append(Array("[\"".utf8) + Array(repeating: UInt8(ascii: "x"), count: limit - 2))
        #expect(try !scanner.next())
        scanner.append(Array("x".utf8))
        #expect(throws: JSONScanError.messageTooLarge(limit: limit)) { try scanner.next() }
    }

    @Test func aTextThatEndsBehindTheLimitIsTooLarge() {
        let text = Array("[1,2,3,4,5]".utf8)
        #expect(ScanTranscript(text, messageBytesMax: text.count).texts == [text])
        #expect(ScanTranscript(text, messageBytesMax: text.count - 1) == failed(.messageTooLarge(limit: 10)))
    }

    @Test func aSyntaxErrorWithinTheLimitIsToldAsSuch() {
        #expect(ScanTranscript(Array("[1,x,3,4,5]".utf8), messageBytesMax: 6) == failed(.syntax(offset: 3)))
    }

    @Test func spaceBetweenTextsDoesNotCount() {
        let stream = Array(
            (String(repeating: " ", count: 1000) + "[1]" + String(repeating: "\n", count: 1000) + "[2]").utf8
        )
        #expect(ScanTranscript(stream, messageBytesMax: 3).strings == ["[1]", "[2]"])
    }

    @Test func manyTokensGrowTheTape() {
        let text = Array(("[" + Array(repeating: "0", count: 20_000).joined(separator: ",") + "]").utf8)
        #expect(ScanTranscript(text).texts == [text])
        #expect(ScanTranscript(text.chunks(of: 997)).texts == [text])
    }

    private func failed(_ error: JSONScanError) -> ScanTranscript {
        var transcript = ScanTranscript([])
        transcript.error = error
        return transcript
    }
}
