import Consent
import Salesforce
import Testing

@Suite struct FieldVerificationTests {
    private let description = ObjectDescription([
        FieldDescription(name: "Email", typeName: "email", length: 80),
        FieldDescription(name: "LastName", typeName: "string", length: 80, isNillable: false),
        FieldDescription(name: "Company", typeName: "string", length: 255, isNillable: false),
        FieldDescription(name: "Region__c", typeName: "string", length: 5, isNillable: false),
        FieldDescription(name: "Key__c", typeName: "string", length: 80, isUnique: true),
        FieldDescription(name: "Long__c", typeName: "textarea", isFilterable: false),
        FieldDescription(name: "Newsletter__c", typeName: "boolean", isNillable: false),
        FieldDescription(name: "Formula__c", typeName: "string", isUpdateable: false),
        FieldDescription(name: "Day__c", typeName: "date"),
        FieldDescription(
            name: "Mood__c",
            typeName: "picklist",
            isRestrictedPicklist: true,
            picklistValues: ["yes", "no"]
        ),
    ])

    struct Case: CustomTestStringConvertible {
        var mapping: Mapping
        var status: VerificationCheck.Status
        var testDescription: String { "\(mapping.field) \(mapping.type) \(mapping.values) \(status)" }
    }

    @Test(arguments: [
        Case(mapping: Mapping(field: "newsletter__C", value: "p", type: .purposeID), status: .pass),
        Case(mapping: Mapping(field: "Missing__c", value: "p"), status: .fail),
        Case(mapping: Mapping(field: "Formula__c", value: "p"), status: .fail),
        Case(mapping: Mapping(field: "Day__c", value: "p", type: .purposeID), status: .fail),
        Case(mapping: Mapping(field: "Day__c", value: "created_at", type: .eventField), status: .pass),
        Case(mapping: Mapping(field: "Mood__c", value: "p", type: .purposeID), status: .fail),
        Case(
            mapping: Mapping(
                field: "Mood__c",
                value: "p",
                type: .purposeID,
                values: ["true": .string("yes"), "false": .string("no")]
            ),
            status: .pass
        ),
        Case(mapping: Mapping(field: "Mood__c", value: "p", values: ["a": .string("maybe")]), status: .fail),
        Case(mapping: Mapping(field: "Newsletter__c", value: "p", type: .preferenceID), status: .warn),
        Case(mapping: Mapping(field: "Mood__c", value: "yes", type: .constant), status: .pass),
        Case(mapping: Mapping(field: "Mood__c", value: "other", type: .constant), status: .fail),
    ])
    func everyMappingIsJudged(row: Case) throws {
        var configuration = Fixture.configuration(origin: "https://a.my.salesforce.com")
        configuration.mappings = [row.mapping]
        let check = try #require(FieldVerification.checks(configuration, description).last)
        #expect(check.check == "field")
        #expect(check.field == row.mapping.field)
        #expect(check.status == row.status)
    }

    @Test(arguments: [
        ("Email", false, VerificationCheck.Status.pass), ("Email", true, .warn), ("Key__c", true, .pass),
        ("Missing__c", false, .fail), ("Long__c", false, .fail), ("Newsletter__c", false, .fail),
    ])
    func theMatchFieldIsJudged(field: String, upserts: Bool, status: VerificationCheck.Status) throws {
        var configuration = Fixture.configuration(origin: "https://a.my.salesforce.com")
        configuration.matchField = field
        configuration.upsertMode = upserts
        #expect(FieldVerification.checks(configuration, description).first?.status == status)
    }

    @Test(arguments: [(true, true, VerificationCheck.Status.pass), (false, true, .fail), (true, false, .fail)])
    func theRightToWriteTheObjectIsJudged(updateable: Bool, createable: Bool, status: VerificationCheck.Status) {
        var configuration = Fixture.configuration(origin: "https://a.my.salesforce.com")
        configuration.upsertMode = true
        let description = ObjectDescription([], isCreateable: createable, isUpdateable: updateable)
        #expect(FieldVerification.object(configuration, description).status == status)
    }

    @Test func whatNewRecordsLackIsNamed() {
        var configuration = Fixture.configuration(origin: "https://a.my.salesforce.com")
        configuration.upsertMode = true
        configuration.mappings = []
        configuration.createDefaults = ["Company": .string("Acme"), "Nothing__c": .bool(true)]
        let checks = FieldVerification.checks(configuration, description).dropFirst()
        #expect(checks.map(\.field) == ["Nothing__c", "LastName", "Region__c"])
        #expect(checks.map(\.status) == [.fail, .warn, .fail])
        configuration.createDefaults = ["LastName": .string("x"), "Company": .string("y"), "Region__c": .string("EU")]
        #expect(FieldVerification.checks(configuration, description).last?.status == .pass)
        configuration.createDefaults["Region__c"] = .string("Europe")
        #expect(FieldVerification.checks(configuration, description).last?.status == .fail)
    }
}
