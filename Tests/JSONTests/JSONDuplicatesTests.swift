import JSON
import Testing

@Suite struct JSONDuplicatesTests {
    private func duplicate(_ text: String) throws -> String? {
        let document = try JSONDocument(Array(text.utf8))
        return document.firstDuplicateMember(in: document.root).map {
            String(decoding: document.rawBytes($0), as: UTF8.self)
        }
    }

    @Test(
        arguments: [
            ("{}", nil), ("[1,1]", nil), ("1", nil), (#"{"a":1,"b":1,"A":1,"":1}"#, nil), (#"{"a":1,"a":1}"#, #""a""#),
            (#"{"a":1,"\u0061":1}"#, #""\u0061""#), (#"{"\u0061":1,"\u0062":1,"b":1}"#, #""b""#),
            (#"{"":1,"":2}"#, #""""#),
            (#"{"a":{"b":[{"c":1,"d":2,"c":3}]}}"#, #""c""#), (#"{"a":{"a":{"a":1}}}"#, nil),
            (#"[{"a":1},{"a":1}]"#, nil),
            (#"{"\ud83d\ude00":1,"😀":2}"#, #""😀""#), (#"{"é":1,"e\u0301":2}"#, nil), (#"{"a":"a","b":"a"}"#, nil),
            (#"{"long member name 1":1,"long member name 2":1,"long member name 1":2}"#, #""long member name 1""#),
        ] as [(String, String?)]
    )
    func aRepeatedNameIsFoundAtAnyLevel(text: String, name: String?) throws {
        #expect(try duplicate(text) == name)
    }

    @Test(arguments: [2, 11, 12, 13, 14, 100, 5000])
    func sizeDoesNotMatter(count: Int) throws {
        var names = (0..<count).map { "\"name\($0)\"" }
        func object() -> String { "{" + names.map { "\($0):0" }.joined(separator: ",") + "}" }
        #expect(try duplicate(object()) == nil)
        names[count - 1] = "\"\\u006eame0\""
        #expect(try duplicate(object()) == names[count - 1])
        names[1] = "\"name0\""
        #expect(try duplicate(object()) == "\"name0\"")
    }

    @Test func onlyWhatIsBelowTheNodeCounts() throws {
        let document = try JSONDocument(Array(#"[{"a":1,"a":2},{"b":1}]"#.utf8))
        let items = Array(document.elements(of: document.root))
        #expect(document.firstDuplicateMember(in: items[0]) != nil)
        #expect(document.firstDuplicateMember(in: items[1]) == nil)
        #expect(document.firstDuplicateMember(in: document.root) != nil)
    }
}
