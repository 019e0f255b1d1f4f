import JSON
import Testing

@Suite struct JSONDocumentTests {
    private func document(_ text: String) throws -> JSONDocument { try JSONDocument(Array(text.utf8)) }

    @Test func membersComeInOrder() throws {
        let document = try document(#"{"a":{"x":[1,[2]],"y":{}},"b":[],"c":3}"#)
        let members = document.members(of: document.root).map { name, value in
            "\(document.string(name) ?? "?")=\(String(decoding: document.rawBytes(value), as: UTF8.self))"
        }
        #expect(members == [#"a={"x":[1,[2]],"y":{}}"#, "b=[]", "c=3"])
    }

    @Test func elementsComeInOrder() throws {
        let document = try document(#"[1,{"a":[[]]},"s",[[],2],null]"#)
        let elements = document.elements(of: document.root).map {
            String(decoding: document.rawBytes($0), as: UTF8.self)
        }
        #expect(elements == ["1", #"{"a":[[]]}"#, "\"s\"", "[[],2]", "null"])
        #expect(document.count(of: document.root) == 5)
    }

    @Test func otherValuesHaveNoChildren() throws {
        for text in ["[]", "{}", "1", "\"a\"", "null"] {
            let document = try document(text)
            #expect(document.count(of: document.root) == 0)
            #expect(document.firstMember(of: document.root) == nil)
            #expect(document.firstElement(of: document.root) == nil)
        }
        let array = try document("[1]")
        #expect(array.firstMember(of: array.root) == nil)
        #expect(array.isScalar(array.root) == false)
    }

    @Test func membersAreFoundByTheirResolvedName() throws {
        let document = try document(#"{"a":{"name":0},"n\u0061me":1,"name ":2}"#)
        let value = try #require(document.member(of: document.root, named: "name"))
        #expect(document.int64(value) == 1)
        #expect(document.member(of: document.root, named: "nam") == nil)
        #expect(document.member(of: document.root, named: "") == nil)
    }

    @Test(arguments: [
        (#""""#, ""), (#""plain""#, "plain"), (#""é€😀""#, "é€😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0000\u007f\u0080\u07ff\u0800\uffff""#, "\u{0}\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}"),
        (#""\ud83d\ude00\ud800\udc00\udbff\udfff""#, "😀\u{10000}\u{10FFFF}"), (#""a\u00e9z""#, "aéz"),
    ])
    func stringsAreResolved(text: String, value: String) throws {
        let document = try document(text)
        #expect(document.string(document.root)?.utf8.elementsEqual(value.utf8) == true)
        #expect(document.stringBytes(document.root) == Array(value.utf8))
        #expect(document.stringByteCount(document.root) == value.utf8.count)
        #expect(document.stringEquals(document.root, value))
        #expect(!document.stringEquals(document.root, value + "x"))
        #expect(!document.stringEquals(document.root, "x" + value.dropFirst()))
        #expect(document.kind(document.root) == .string)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("1.0", 1), ("1e2", 100), ("10e-1", 1), ("-12.50e+1", -125),
            ("100000000000000000000e-2", 1_000_000_000_000_000_000),
            ("9223372036854775807", .max), ("9223372036854775808", nil), ("-9223372036854775808", .min),
            ("-9223372036854775809", nil), ("922337203685477580.7e1", .max), ("1.5", nil), ("1e-1", nil), ("1e19", nil),
            ("1e99999999999999999999", nil), ("999999999999999999", 999_999_999_999_999_999), ("\"1\"", nil),
            ("true", nil),
        ] as [(String, Int64?)]
    )
    func integersAreReadByValue(text: String, value: Int64?) throws {
        let document = try document(text)
        #expect(document.int64(document.root) == value)
    }

    @Test func doublesAreTheNearest() throws {
        for (text, value) in [
            ("0.1", 0.1), ("-1.5e3", -1500), ("1e999", nil), ("5e-324", .leastNonzeroMagnitude), ("null", nil),
        ] {
            let document = try document(text)
            #expect(document.double(document.root) == value)
        }
    }

    @Test func literalsAreRead() throws {
        let document = try document("[true,false,null,0]")
        let elements = Array(document.elements(of: document.root))
        #expect(elements.map { document.bool($0) } == [true, false, nil, nil])
        #expect(elements.map { document.isNull($0) } == [false, false, true, false])
        #expect(elements.map { document.kind($0) } == [.bool, .bool, .null, .number])
    }

    @Test func aDetachedCopyOutlivesTheScanner() throws {
        var scanner = JSONScanner(messageBytesMax: 1000, nestingMax: 8)
        scanner.append(Array(#"[0] {"a":["b",{"c":1}]} [2]"#.utf8))
        #expect(try scanner.next())
        #expect(try scanner.next())
        let copy = scanner.document.detached()
        #expect(try scanner.next())
        scanner.append(Array(repeating: UInt8(ascii: "9"), count: 100))
        #expect(JSONValue(copy, copy.root) == ["a": ["b", ["c": 1]]])
        #expect(Array(copy.rawBytes(copy.root)) == Array(#"{"a":["b",{"c":1}]}"#.utf8))
    }

    @Test(arguments: [("", 0), ("  ", 2), ("{} {}", 3), ("1 x", 2), ("[1", 2), ("1 2", 2), ("{}[", 2)])
    func aDocumentIsOneText(text: String, offset: Int) {
        #expect(throws: JSONScanError.syntax(offset: offset)) { try JSONDocument(Array(text.utf8)) }
    }

    @Test func spaceMaySurroundADocument() throws {
        for text in [" {} ", "\n1\n", "1", "\"a\" "] {
            #expect(throws: Never.self) { try document(text) }
        }
    }
}
