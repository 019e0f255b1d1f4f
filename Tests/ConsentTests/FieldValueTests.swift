import Consent
import Testing

@Suite struct FieldValueTests {
    @Test func yesAndNoAreBooleansUnlessInverted() {
        let plain = Mapping(field: "F__c", value: "x")
        let inverted = Mapping(field: "F__c", value: "x", isInverted: true)
        #expect(plain.fieldValue(for: .granted) == .bool(true))
        #expect(plain.fieldValue(for: .denied) == .bool(false))
        #expect(inverted.fieldValue(for: .granted) == .bool(false))
        #expect(inverted.fieldValue(for: .denied) == .bool(true))
    }

    @Test func clearedIsNullAlsoWhenInverted() {
        #expect(Mapping(field: "F__c", value: "x").fieldValue(for: .cleared) == .null)
        #expect(Mapping(field: "F__c", value: "x", isInverted: true).fieldValue(for: .cleared) == .null)
    }

    @Test func valuesTranslateEveryKindOfChoice() {
        let mapping = Mapping(
            field: "F__c",
            value: "x",
            values: ["true": .string("OptIn"), "false": .number("0"), "": .string("none"), "en": .string("English")]
        )
        #expect(mapping.fieldValue(for: .granted) == .string("OptIn"))
        #expect(mapping.fieldValue(for: .denied) == .number("0"))
        #expect(mapping.fieldValue(for: .cleared) == .string("none"))
        #expect(mapping.fieldValue(for: .text("en")) == .string("English"))
        #expect(mapping.fieldValue(for: .text("fr")) == .string("fr"))
    }

    @Test func listsAreJoinedWithSemicolonsItemByItem() {
        let plain = Mapping(field: "F__c", value: "x")
        #expect(plain.fieldValue(for: .list(["b", "a"])) == .string("b;a"))
        let mapping = Mapping(field: "F__c", value: "x", values: ["a": .string("Alpha"), "b": .number("2")])
        #expect(mapping.fieldValue(for: .list(["b", "a", "c"])) == .string("2;Alpha;c"))
    }

    struct Text: CustomTestStringConvertible {
        var text: String
        var choice: Choice

        var testDescription: String { "'\(text)'" }
    }

    @Test(arguments: [
        Text(text: "", choice: .cleared),
        Text(text: "en", choice: .text("en")),
        Text(text: "en,fr", choice: .list(["en", "fr"])),
        Text(text: "en,", choice: .text("en")),
        Text(text: ",", choice: .cleared),
        Text(text: "a b", choice: .text("a b")),
    ])
    func aPreferencesTextIsAListAValueOrCleared(row: Text) {
        #expect(Choice(preferenceText: row.text) == row.choice)
    }

    @Test func deniedAndClearedAreRestrictive() {
        #expect(Choice.denied.isRestrictive)
        #expect(Choice.cleared.isRestrictive)
        #expect(!Choice.granted.isRestrictive)
        #expect(!Choice.text("no").isRestrictive)
        #expect(!Choice.list(["no"]).isRestrictive)
    }
}
