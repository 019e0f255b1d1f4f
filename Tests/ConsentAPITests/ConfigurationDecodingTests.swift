import Consent
import ConsentAPI
import JSON
import Testing

@Suite struct ConfigurationDecodingTests {
    static let full = """
        {"type_id":"sf-sales-cloud","name":"leads-eu",
         "authentication":{"url":"https://acme.my.salesforce.com/services/oauth2/token","client_id":"id",
                           "client_secret":"hunter2"},
         "properties":{"sobject":["Contact"],"match_field":"Consent_Key__c","on_multiple_matches":"reject",
                       "create_defaults":{"LastName":"?","Flag__c":true,"Rank__c":1.50,"None__c":null},
                       "api_version":"v66.0"},
         "mappings":[
            {"id":"Newsletter__c","value":"tFyHkpl","type":"pmp-widget-id"},
            {"id":"Email_OptOut__c","value":"email","type":"channel-id","invert":true,
             "values":{"true":"Yes","false":"No"}},
            {"id":"Daily__c","value":"daily","preference":"frequency"},
            {"id":"Country__c","value":"user.country","type":"event-field"},
            {"id":"Source__c","value":"consentd","type":"constant"}],
         "upsert_mode":true,"regulations":["gdpr","ccpa"]}
        """

    @Test func everyMemberIsRead() throws {
        let draft = try #require(try decode(CreateConfiguration.self, Self.full).value).draft
        #expect(draft.name == "leads-eu")
        #expect(draft.origin == "https://acme.my.salesforce.com")
        #expect(draft.clientID == "id")
        #expect(draft.clientSecret == Secret("hunter2"))
        #expect(draft.recordKind == .contact)
        #expect(draft.matchField == "Consent_Key__c")
        #expect(draft.onMultipleMatches == .reject)
        #expect(
            draft.createDefaults
                == ["LastName": .string("?"), "Flag__c": .bool(true), "Rank__c": .number("1.50"), "None__c": .null]
        )
        #expect(draft.apiVersion == "v66.0")
        #expect(draft.upsertMode)
        #expect(draft.regulations == ["gdpr", "ccpa"])
        #expect(
            draft.mappings == [
                Mapping(field: "Newsletter__c", value: "tFyHkpl"),
                Mapping(
                    field: "Email_OptOut__c",
                    value: "email",
                    type: .channelID,
                    isInverted: true,
                    values: ["true": .string("Yes"), "false": .string("No")]
                ),
                Mapping(field: "Daily__c", value: "daily", preference: "frequency"),
                Mapping(field: "Country__c", value: "user.country", type: .eventField),
                Mapping(field: "Source__c", value: "consentd", type: .constant),
            ]
        )
    }

    static func minimal(_ sobject: String) -> String {
        """
        {"type_id":"sf-sales-cloud",
         "authentication":{"url":"https://acme.my.salesforce.com","client_id":"id","client_secret":"s"},
         "properties":{"sobject":["\(sobject)"]},"mappings":[{"id":"F__c","value":"x"}]}
        """
    }

    @Test(arguments: ["Lead", "Contact"])
    func whatIsLeftOutHasItsDefault(sobject: String) throws {
        let draft = try #require(try decode(CreateConfiguration.self, Self.minimal(sobject)).value).draft
        #expect(draft.name.isEmpty)
        #expect(draft.matchField == "Email")
        #expect(draft.onMultipleMatches == .updateAll)
        #expect(draft.createDefaults.isEmpty)
        #expect(draft.apiVersion == "v62.0")
        #expect(!draft.upsertMode)
        #expect(draft.regulations == ["gdpr"])
        #expect(!draft.isPaused)
    }

    @Test func anAccountHasNoMatchFieldOfItsOwn() throws {
        #expect(try decode(CreateConfiguration.self, Self.minimal("Account")).paths == ["properties.match_field"])
    }

    // MARK: Faults

    @Test func everyMissingMemberIsNamed() throws {
        #expect(
            try decode(CreateConfiguration.self, "{}").paths
                == ["type_id", "authentication", "properties.sobject", "mappings"]
        )
        #expect(
            try decode(CreateConfiguration.self, #"{"authentication":{},"properties":{},"mappings":[{}]}"#).paths == [
                "type_id", "authentication.url", "authentication.client_id", "authentication.client_secret",
                "properties.sobject", "mappings[0].id", "mappings[0].value",
            ]
        )
    }

    @Test func everyWrongMemberIsNamedAtOnce() throws {
        let json = """
            {"type_id":"hubspot","name":"Leads EU",
             "authentication":{"url":"http://example.com","client_id":1,"client_secret":"","token":"x"},
             "properties":{"sobject":["Lead","Contact"],"match_field":"1x","on_multiple_matches":"first",
                           "create_defaults":{"bad name":1,"List__c":[]},"api_version":"v60.0","typo":1},
             "mappings":[{"id":"9F","value":"","type":"widget","invert":1,"values":{"a":{}},"preference":7,"x":1},
                         "text"],
             "upsert_mode":"yes","regulations":["","gdpr",7],"extra":1}
            """
        #expect(
            try decode(CreateConfiguration.self, json).paths == [
                "type_id", "name", "authentication.client_id", "authentication.client_secret", "authentication.url",
                "authentication.token", "properties.sobject", "properties.match_field",
                "properties.on_multiple_matches", "properties.create_defaults.bad name",
                "properties.create_defaults.List__c", "properties.api_version", "properties.typo", "mappings[0].id",
                "mappings[0].value", "mappings[0].type", "mappings[0].invert", "mappings[0].values.a",
                "mappings[0].preference", "mappings[0].x", "mappings[1]", "upsert_mode", "regulations[0]",
                "regulations[2]", "extra",
            ]
        )
    }

    @Test func twoObjectsAreTwoConfigurations() throws {
        let json = Self.minimal("Lead\",\"Contact")
        let decoded = try decode(CreateConfiguration.self, json)
        #expect(decoded.paths == ["properties.sobject"])
        #expect(decoded.messages.first?.contains("two configurations") == true)
    }

    @Test(arguments: [
        (#"["lead"]"#, "properties.sobject[0]"), ("[]", "properties.sobject"), (#""Lead""#, "properties.sobject"),
        ("[1]", "properties.sobject[0]"), (#"["Opportunity"]"#, "properties.sobject[0]"),
    ])
    func onlyOneOfThreeObjectsIsTaken(sobject: String, path: String) throws {
        let json = Self.minimal("Lead").replacing(#"["Lead"]"#, with: sobject)
        #expect(try decode(CreateConfiguration.self, json).paths == [path])
    }

    @Test(arguments: ["a", "leads-eu", "0", String(repeating: "a", count: 64)])
    func goodNamesAreTaken(name: String) throws {
        let json = Self.full.replacing("leads-eu", with: name)
        #expect(try decode(CreateConfiguration.self, json).value?.draft.name == name)
    }

    @Test(arguments: ["A", "a_b", "a b", "é", String(repeating: "a", count: 65), ""])
    func otherNamesAreRefused(name: String) throws {
        #expect(try decode(CreateConfiguration.self, Self.full.replacing("leads-eu", with: name)).paths == ["name"])
    }

    @Test(arguments: ["v61.0", "v62.0", "v100.0"])
    func apiVersionsFrom61AreTaken(version: String) throws {
        #expect(try decode(CreateConfiguration.self, Self.full.replacing("v66.0", with: version)).value != nil)
    }

    @Test(arguments: ["v60.0", "62.0", "v62", "v62.1", "v+62.0", "vx.0", "v.0"])
    func otherAPIVersionsAreRefused(version: String) throws {
        let decoded = try decode(CreateConfiguration.self, Self.full.replacing("v66.0", with: version))
        #expect(decoded.paths == ["properties.api_version"])
    }

    @Test func oneFieldIsMappedOnce() throws {
        let json = Self.minimal("Lead").replacing(
            #"{"id":"F__c","value":"x"}"#,
            with: #"{"id":"F__c","value":"x"},{"id":"f__C","value":"y"}"#
        )
        #expect(try decode(CreateConfiguration.self, json).paths == ["mappings[1].id"])
    }

    @Test func constantsAndEventFieldsAloneAreNoMappings() throws {
        let json = Self.minimal("Lead").replacing(
            #"{"id":"F__c","value":"x"}"#,
            with: #"{"id":"F__c","value":"x","type":"constant"},{"id":"G__c","value":"id","type":"event-field"}"#
        )
        #expect(try decode(CreateConfiguration.self, json).paths == ["mappings"])
    }

    @Test func anEventFieldMustExist() throws {
        let json = Self.full.replacing("user.country", with: "user.phone")
        #expect(try decode(CreateConfiguration.self, json).paths == ["mappings[3].value"])
    }

    @Test(arguments: [0, 201])
    func mappingsAreOneTo200(count: Int) throws {
        let mappings = (0..<count).map { #"{"id":"F\#($0)__c","value":"x"}"# }.joined(separator: ",")
        let json = Self.minimal("Lead").replacing(#"{"id":"F__c","value":"x"}"#, with: mappings)
        #expect(try decode(CreateConfiguration.self, json).paths == ["mappings"])
    }

    @Test func noFaultRepeatsASecret() throws {
        let json = Self.full.replacing(#""hunter2""#, with: #"["hunter2"]"#)
        let decoded = try decode(CreateConfiguration.self, json)
        #expect(decoded.paths == ["authentication.client_secret"])
        #expect(!"\(decoded)".contains("hunter2"))
    }
}
