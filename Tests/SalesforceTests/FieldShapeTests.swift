import Consent
import Salesforce
import Testing

@Suite struct FieldShapeTests {
    struct Case: CustomTestStringConvertible {
        var type: String?
        var choice: Choice
        var value: FieldValue?
        var isInverted = false
        var values: [String: FieldValue] = [:]
        var testDescription: String { "\(type ?? "unknown") \(choice) \(isInverted ? "inverted" : "") \(values)" }
    }

    @Test(arguments: [
        Case(type: "boolean", choice: .granted, value: .bool(true)),
        Case(type: "boolean", choice: .denied, value: .bool(false)),
        Case(type: "boolean", choice: .cleared, value: .bool(false)),
        Case(type: "boolean", choice: .granted, value: .bool(false), isInverted: true),
        Case(type: "boolean", choice: .denied, value: .bool(true), isInverted: true),
        Case(type: "boolean", choice: .cleared, value: .bool(true), isInverted: true),
        Case(type: "boolean", choice: .text("true"), value: .bool(true)),
        Case(type: "boolean", choice: .text("weekly"), value: nil),
        Case(type: "boolean", choice: .text("weekly"), value: .bool(true), values: ["weekly": .bool(true)]),
        Case(type: "boolean", choice: .text("weekly"), value: .bool(true), values: ["weekly": .string("true")]),
        Case(type: "boolean", choice: .list(["a", "b"]), value: nil),
        Case(type: "picklist", choice: .granted, value: .string("true")),
        Case(type: "picklist", choice: .granted, value: .string("Yes"), values: ["true": .string("Yes")]),
        Case(type: "picklist", choice: .text("w"), value: .string("weekly"), values: ["w": .string("weekly")]),
        Case(type: "picklist", choice: .cleared, value: .null),
        Case(type: "picklist", choice: .cleared, value: .string("never"), values: ["": .string("never")]),
        Case(type: "multipicklist", choice: .list(["a", "b"]), value: .string("a;b")),
        Case(type: "multipicklist", choice: .list(["a", "b"]), value: .string("x;b"), values: ["a": .string("x")]),
        Case(type: "multipicklist", choice: .text("a"), value: .string("a")),
        Case(type: "multipicklist", choice: .cleared, value: .null),
        Case(type: "string", choice: .granted, value: .string("true")),
        Case(type: "string", choice: .denied, value: .string("true"), isInverted: true),
        Case(type: "string", choice: .list(["a", "b"]), value: .string("a,b")),
        Case(type: "textarea", choice: .text("as is"), value: .string("as is")),
        Case(type: "date", choice: .text("2026-03-14T23:26:53.589-02:00"), value: .string("2026-03-15")),
        Case(type: "date", choice: .text("2026-03-14"), value: .string("2026-03-14")),
        Case(type: "date", choice: .text("2026-02-30"), value: nil),
        Case(type: "date", choice: .granted, value: nil),
        Case(type: "date", choice: .cleared, value: .null),
        Case(type: "datetime", choice: .text("2026-03-14T09:26:53+01:00"), value: .string("2026-03-14T08:26:53.000Z")),
        Case(type: "datetime", choice: .text("soon"), value: nil),
        Case(type: "double", choice: .text("3.5"), value: .number("3.5")),
        Case(type: "int", choice: .granted, value: .number("1")),
        Case(type: "currency", choice: .text("3,5"), value: nil),
        Case(type: "brandnew", choice: .text("x"), value: .string("x")),
        Case(type: nil, choice: .granted, value: .bool(true)),
        Case(type: nil, choice: .text("x"), value: .string("x")),
        Case(type: nil, choice: .list(["a", "b"]), value: .string("a;b")),
        Case(type: nil, choice: .cleared, value: .null),
    ])
    func choicesTakeTheShapeOfTheirField(row: Case) {
        let mapping = Mapping(field: "F__c", value: "v", isInverted: row.isInverted, values: row.values)
        let field = row.type.map { FieldDescription(name: "F__c", typeName: $0) }
        let rendered = try? FieldShape.render(FieldChoice(mapping: mapping, choice: row.choice), for: field)
        #expect(rendered == row.value)
    }

    @Test func aMisfitNamesFieldAndTypeButNotTheChoice() {
        let choice = FieldChoice(mapping: Mapping(field: "F__c", value: "v"), choice: .text("private"))
        let field = FieldDescription(name: "F__c", typeName: "boolean")
        let error = #expect(throws: ShapeError.self) { try FieldShape.render(choice, for: field) }
        #expect(error?.description.contains("F__c") == true)
        #expect(error?.description.contains("private") == false)
    }
}
