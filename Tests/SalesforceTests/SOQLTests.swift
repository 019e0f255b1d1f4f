import Consent
import Salesforce
import Testing

@Suite struct SOQLTests {
    @Test(arguments: [
        ("ada@example.com", "'ada@example.com'"),
        ("camille.o'neil@example.fr", #"'camille.o\'neil@example.fr'"#),
        (#"a\b"#, #"'a\\b'"#),
        (#"\' OR Id != '"#, #"'\\\' OR Id != \''"#),
        ("a\nb\rc\td", #"'a\nb\rc\td'"#),
        ("\u{8}\u{C}", #"'\b\f'"#),
        ("\u{0}\u{1F}", #"'\u0000\u001F'"#),
        ("\u{7F}\u{2028}", #"'\u007F\u2028'"#),
        ("100%_\"x\"", "'100%_\"x\"'"),
        ("zoë@例え.jp", "'zoë@例え.jp'"),
    ])
    func literalsAreEscaped(text: String, literal: String) {
        #expect(SOQL.literal(text) == literal)
    }

    /// Every text of up to five characters that could upset the quoting.
    static let awkwardTexts: [String] = (1...5).reduce(into: [""]) { texts, _ in
        texts += texts.flatMap { text in ["'", "\\", "a", "\n"].map { text + $0 } }
    }

    @Test func noLiteralEndsEarly() {
        for text in Set(Self.awkwardTexts) {
            var isEscaped = false
            var endsEarly = false
            for character in SOQL.literal(text).dropFirst().dropLast() {
                endsEarly = endsEarly || (character == "'" && !isEscaped)
                isEscaped = !isEscaped && character == "\\"
            }
            #expect(!endsEarly && !isEscaped, "\(text.debugDescription)")
        }
    }

    @Test(arguments: [
        ("Email", true), ("External_Id__c", true), ("ns__Field9__c", true), ("", false), ("9a", false), ("_a", false),
        ("Email)", false), ("Account.Name", false), ("Émail", false), ("a b", false),
        (String(repeating: "a", count: 81), false),
    ])
    func onlyAPINamesAreFieldNames(text: String, isName: Bool) {
        #expect(SOQL.isFieldName(text) == isName)
    }

    @Test func statementsNameFieldsAndValues() {
        let statement = SOQL.lookup(
            .lead,
            select: ["Id", "Email", "IsConverted"],
            where: "Email",
            isOneOf: ["a@b", "c'd"].map(SOQL.literal)
        )
        #expect(statement == #"SELECT Id, Email, IsConverted FROM Lead WHERE Email IN ('a@b','c\'d')"#)
    }

    @Test func everythingButPlainCharactersIsPercentEncoded() {
        #expect(SOQL.percentEncoded("a'+ &=%é~") == "a%27%2B%20%26%3D%25%C3%A9~")
    }
}

@Suite struct RecordIDTests {
    @Test func fifteenCharactersGetTheirChecksum() {
        #expect(RecordID("00QB0000000KBmT")?.text.count == 18)
        // Published examples of Salesforce ids.
        #expect(RecordID("001D000000IRFma")?.text == "001D000000IRFmaIAH")
        #expect(RecordID("001D000000IRFmaIAH")?.text == "001D000000IRFmaIAH")
        #expect(RecordID("001D000000IRFmaiah")?.text == "001D000000IRFmaIAH")
    }

    @Test(arguments: ["001D000000IRFmaIAA", "001D000000IRFm", "001D000000IRFmaI", "001D000000IRF-a", ""])
    func wrongIDsAreNone(text: String) {
        #expect(RecordID(text) == nil)
    }

    @Test func thePrefixTellsTheKind() {
        #expect(RecordID("001D000000IRFma", of: .account) != nil)
        #expect(RecordID("001D000000IRFma", of: .lead) == nil)
    }

    @Test(arguments: ["001d000000irfmaiah", "001D000000IRFMAIAH", "001d000000irfmaIAH", "001D000000IRFMAiah"])
    func aLostCaseIsRestored(text: String) {
        #expect(RecordID(text)?.text == "001D000000IRFmaIAH")
        #expect(RecordID(text, of: .account) != nil)
        #expect(RecordID.isSame(text, "001D000000IRFma"))
    }

    /// Both cases stand, or a mark stands for a digit.
    @Test(arguments: ["001D000000IRFmAIAH", "001d000000irfmabah", "001d000000irfma9ah", "001d000000irfm"])
    func aCaseThatWasNotLostIsNotRestored(text: String) {
        #expect(RecordID(text) == nil)
        #expect(FoundRecord.key(of: text) == text)
    }

    @Test func thePrefixIsReadInItsRestoredCase() throws {
        let id = try #require(RecordID("00QB0000000KBmT")).text
        #expect(RecordID(id.lowercased(), of: .lead)?.text == id)
        #expect(RecordID(id.lowercased(), of: .contact) == nil)
    }

    @Test func idsWithoutAChecksumAreToldApartWhateverTheyBeginWith() {
        let ids = (0..<2_000).map { number in
            "00Q" + String(repeating: "0", count: 15 - String(number).count) + String(number)
        }
        #expect(Set(ids.map(FoundRecord.key)).count == ids.count)
        #expect(!RecordID.isSame(ids[1], ids[2]))
        #expect(ids.allSatisfy { RecordID($0) == nil })
        #expect(ConfirmedValues.Key(ids[1], origin: "https://a") != ConfirmedValues.Key(ids[2], origin: "https://a"))
    }

    @Test func bothFormsNameTheSameRecord() {
        #expect(RecordID.isSame("001D000000IRFma", "001D000000IRFmaIAH"))
        #expect(!RecordID.isSame("001D000000IRFma", "001D000000IRFmA"))
        #expect(!RecordID.isSame("", "001D000000IRFma"))
    }
}
