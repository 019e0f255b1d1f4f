import JSON
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct WritingTests {
    @Test func oneRecordIsCreatedReadChangedAndDeleted() async throws {
        try await OrgClient.with { simulator, client in
            let created = try await client.call("POST", "/sobjects/Lead", ["LastName": "Ünal", "Company": "X"])
            #expect(created.status == 201)
            let id = try #require(try created.json["id"]?.stringValue)
            #expect(id.count == 18 && id.hasPrefix("00Q"))
            #expect(created.header("Location") == "/services/data/v66.0/sobjects/Lead/\(id)")
            let patched = try await client.call(
                "PATCH",
                "/sobjects/Lead/\(id.prefix(15))",
                ["Newsletter__c": true, "Consent_Note__c": .null]
            )
            #expect(patched.status == 204 && patched.bytes.isEmpty)
            #expect(simulator.record("Lead", id: id)?["Newsletter__c"] == true)
            let read = try await client.call("GET", "/sobjects/Lead/\(id)")
            #expect(try read.json["LastName"] == "Ünal")
            #expect(try await client.call("DELETE", "/sobjects/Lead/\(id)").status == 204)
            let gone = try await client.call("PATCH", "/sobjects/Lead/\(id)", ["Newsletter__c": false])
            #expect(gone.status == 404)
            #expect(try gone.json[0]?["errorCode"] == "ENTITY_IS_DELETED")
        }
    }

    struct Mistake: Sendable {
        var fields: JSONValue
        var code: String
        var field: String?
    }

    private static let longText = JSONValue.string(String(repeating: "x", count: 256))

    @Test(arguments: [
        Mistake(fields: ["Consent_Note__c": longText], code: "STRING_TOO_LONG", field: "Consent_Note__c"),
        Mistake(fields: ["Email": "no address"], code: "INVALID_EMAIL_ADDRESS", field: "Email"),
        Mistake(
            fields: ["Frequency__c": "hourly"],
            code: "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            field: "Frequency__c"
        ),
        Mistake(fields: ["IsConverted": true], code: "INVALID_FIELD_FOR_INSERT_UPDATE", field: "IsConverted"),
        Mistake(fields: ["DoNotCall": true], code: "INVALID_FIELD_FOR_INSERT_UPDATE", field: "DoNotCall"),
        Mistake(fields: ["LastName": .null], code: "REQUIRED_FIELD_MISSING", field: "LastName"),
        Mistake(fields: ["External_Id__c": "PERSON-000002"], code: "DUPLICATE_VALUE"),
        Mistake(fields: ["Newsletter__c": .null], code: "INVALID_TYPE_ON_FIELD_IN_RECORD", field: "Newsletter__c"),
    ])
    func aRecordErrorFailsItsRecordAlone(_ mistake: Mistake) async throws {
        try await OrgClient.with { simulator, client in
            let ids = try simulator.seed(people: 2, "Lead")
            simulator.withOrg { org in
                org.schema["Lead"]?.change("DoNotCall") { $0.isVisible = false }
            }
            var bad = mistake.fields
            bad["attributes"] = ["type": "Lead"]
            bad["id"] = .string(ids[0])
            let good: JSONValue = ["attributes": ["type": "Lead"], "id": .string(ids[1]), "Newsletter__c": true]
            let answer = try await client.call("PATCH", "/composite/sobjects", ["records": [bad, good]])
            #expect(answer.status == 200)
            let results = try answer.json
            #expect(results[0]?["success"] == false)
            #expect(results[0]?["errors"]?[0]?["statusCode"] == .string(mistake.code))
            #expect(results[0]?["errors"]?[0]?["fields"]?[0]?.stringValue == mistake.field)
            #expect(results[1] == ["id": .string(ids[1]), "success": true, "errors": []])
            #expect(simulator.record("Lead", id: ids[1])?["Newsletter__c"] == true)
        }
    }

    struct CallMistake: Sendable {
        var fields: JSONValue
        var code: String
    }

    @Test(arguments: [
        CallMistake(fields: ["Nope__c": 1], code: "INVALID_FIELD"),
        CallMistake(fields: ["Newsletter__c": "true"], code: "JSON_PARSER_ERROR"),
        CallMistake(fields: ["Consent_Note__c": true], code: "JSON_PARSER_ERROR"),
        CallMistake(fields: ["Consent_Date__c": "14/03/2026"], code: "JSON_PARSER_ERROR"),
        CallMistake(fields: ["Consent_Day__c": "2026-02-30"], code: "JSON_PARSER_ERROR"),
    ])
    func aShapeErrorFailsTheWholeCall(_ mistake: CallMistake) async throws {
        try await OrgClient.with { simulator, client in
            let ids = try simulator.seed(people: 2, "Lead")
            var bad = mistake.fields
            bad["attributes"] = ["type": "Lead"]
            bad["id"] = .string(ids[0])
            let good: JSONValue = ["attributes": ["type": "Lead"], "id": .string(ids[1]), "Newsletter__c": true]
            let answer = try await client.call("PATCH", "/composite/sobjects", ["records": [good, bad]])
            #expect(answer.status == 400)
            #expect(try answer.json[0]?["errorCode"] == .string(mistake.code))
            #expect(simulator.record("Lead", id: ids[1])?["Newsletter__c"] == false)
        }
    }

    @Test func oneRecordTwiceInACallFailsBothTimes() async throws {
        try await OrgClient.with { simulator, client in
            let ids = try simulator.seed(people: 1, "Lead")
            let record: JSONValue = ["attributes": ["type": "Lead"], "id": .string(ids[0]), "Newsletter__c": true]
            let results = try await client.call("PATCH", "/composite/sobjects", ["records": [record, record]]).json
            #expect(results[0]?["errors"]?[0]?["statusCode"] == "DUPLICATE_VALUE")
            #expect(results[1]?["errors"]?[0]?["statusCode"] == "DUPLICATE_VALUE")
        }
    }

    @Test func allOrNoneRollsEverythingBack() async throws {
        try await OrgClient.with { simulator, client in
            let records: JSONValue = [
                ["attributes": ["type": "Lead"], "LastName": "A", "Company": "A"],
                ["attributes": ["type": "Lead"], "LastName": "B"],
            ]
            let body: JSONValue = ["allOrNone": true, "records": records]
            let results = try await client.call("POST", "/composite/sobjects", body).json
            #expect(results[0]?["errors"]?[0]?["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK")
            #expect(results[1]?["errors"]?[0]?["statusCode"] == "REQUIRED_FIELD_MISSING")
            #expect(simulator.records("Lead").isEmpty)
        }
    }

    @Test func upsertsCreateThenUpdateThenMeetSeveral() async throws {
        try await OrgClient.with { simulator, client in
            let record: JSONValue = [
                "attributes": ["type": "Contact"], "Email": "new@example.com", "LastName": "New", "Newsletter__c": true,
            ]
            let path = "/composite/sobjects/Contact/Email"
            let first = try await client.call("PATCH", path, ["records": [record]]).json
            #expect(first[0]?["created"] == true)
            let second = try await client.call("PATCH", path, ["records": [record]]).json
            #expect(second[0]?["created"] == false)
            #expect(simulator.records("Contact").count == 1)
            try simulator.seed("Contact", [["LastName": "Twin", "Email": "NEW@example.com"]])
            let third = try await client.call("PATCH", path, ["records": [record]]).json
            #expect(third[0]?["success"] == false)

            let single = "/sobjects/Lead/External_Id__c/k-1"
            let body: JSONValue = ["LastName": "L", "Company": "C"]
            #expect(try await client.call("PATCH", single, body).status == 201)
            #expect(try await client.call("PATCH", single, body).status == 200)
            #expect(
                try await client.call("PATCH", "/sobjects/Lead/External_Id__c/k-2?updateOnly=true", body).status == 404
            )
            #expect(try await client.call("PATCH", "/sobjects/Lead/Company/x", body).status == 404)
        }
    }

    @Test func aConvertedLeadCannotBeWritten() async throws {
        try await OrgClient.with { simulator, client in
            let ids = try simulator.seed("Lead", [["LastName": "C", "Company": "C", "IsConverted": true]])
            let answer = try await client.call("PATCH", "/sobjects/Lead/\(ids[0])", ["Newsletter__c": true])
            #expect(answer.status == 400)
            #expect(try answer.json[0]?["errorCode"] == "CANNOT_UPDATE_CONVERTED_LEAD")
            #expect(try answer.json[0]?["message"] == "cannot reference converted lead")
        }
    }

    @Test func idsThatCannotBeAreNamed() async throws {
        try await OrgClient.with { _, client in
            let records: JSONValue = [
                ["attributes": ["type": "Lead"], "id": "short", "Newsletter__c": true],
                ["attributes": ["type": "Lead"], "id": "0035g0000000001", "Newsletter__c": true],
                ["attributes": ["type": "Lead"], "id": "00Q5g0000000zzz", "Newsletter__c": true],
            ]
            let results = try await client.call("PATCH", "/composite/sobjects", ["records": records]).json
            let codes = (results.arrayValue ?? []).map { $0["errors"]?[0]?["statusCode"]?.stringValue }
            #expect(codes == ["MALFORMED_ID", "MALFORMED_ID", "INVALID_CROSS_REFERENCE_KEY"])
        }
    }

    @Test func moreThanTwoHundredRecordsAreRefused() async throws {
        try await OrgClient.with { _, client in
            let record: JSONValue = ["attributes": ["type": "Lead"], "LastName": "A", "Company": "A"]
            let records = JSONValue.array(Array(repeating: record, count: 201))
            let answer = try await client.call("POST", "/composite/sobjects", ["records": records])
            #expect(answer.status == 400)
            #expect(try answer.json[0]?["errorCode"] == "EXCEEDED_ID_LIMIT")
        }
    }

    @Test func aBrokenBodyIsAParserError() async throws {
        try await OrgClient.with { _, client in
            let headers = [("Authorization", "Bearer \(client.session)")]
            let path = "/services/data/v66.0/composite/sobjects"
            let answer = try await client.send("PATCH", path, text: "{\"records\":[", headers: headers)
            #expect(answer.status == 400)
            #expect(try answer.json[0]?["errorCode"] == "JSON_PARSER_ERROR")
        }
    }
}
