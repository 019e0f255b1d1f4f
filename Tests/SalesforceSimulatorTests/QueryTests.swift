import JSON
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct QueryTests {
    private static let people: [JSONValue] = [
        ["LastName": "O'Neil", "Company": "A", "Email": "camille.o'neil+vip@example.fr", "Newsletter__c": true],
        ["LastName": "Back\\slash", "Company": "B", "Email": "b@example.com", "Topics__c": "news;offers"],
        [
            "LastName": "Çelik", "Company": "C", "Email": "C@Example.com",
            "Consent_Date__c": "2026-03-14T09:26:53.589+0000",
        ],
        ["LastName": "Gone", "Company": "D", "Email": "d@example.com", "IsConverted": true],
    ]

    struct Row: Sendable {
        var condition: String
        var names: [String]
    }

    @Test(arguments: [
        Row(condition: "Email = 'camille.o\\'neil+vip@example.fr'", names: ["O'Neil"]),
        Row(condition: "Email IN ('B@EXAMPLE.COM', 'c@example.com')", names: ["Back\\slash", "Çelik"]),
        Row(condition: "Email IN ('b@example.com','d@example.com') AND IsConverted = false", names: ["Back\\slash"]),
        Row(condition: "LastName = 'Back\\\\slash'", names: ["Back\\slash"]),
        Row(condition: "LastName = '\\u00E7ELIK'", names: ["Çelik"]),
        Row(condition: "NOT (Newsletter__c = true OR IsConverted = TRUE)", names: ["Back\\slash", "Çelik"]),
        Row(condition: "Email LIKE '%@example.com' AND Company != 'D'", names: ["Back\\slash", "Çelik"]),
        Row(condition: "Company LIKE '_'", names: ["O'Neil", "Back\\slash", "Çelik", "Gone"]),
        Row(condition: "Topics__c INCLUDES ('offers')", names: ["Back\\slash"]),
        Row(condition: "Topics__c = null AND Company NOT IN ('A', 'C')", names: ["Gone"]),
        Row(condition: "Consent_Date__c >= 2026-03-14T10:26:53+01:00", names: ["Çelik"]),
        Row(condition: "Consent_Date__c > 2026-03-14T09:26:54Z", names: []),
        Row(condition: "Id = '00Q000000000000'", names: []),
    ])
    func conditionsSelectTheRightRows(_ row: Row) async throws {
        try await OrgClient.with { simulator, client in
            try simulator.seed("Lead", Self.people)
            let (status, body) = try await client.query("SELECT Id, LastName FROM Lead WHERE \(row.condition)")
            #expect(status == 200)
            let names = (body["records"]?.arrayValue ?? []).compactMap { $0["LastName"]?.stringValue }
            #expect(names == row.names)
        }
    }

    struct Mistake: Sendable {
        var statement: String
        var code: String
        var part: String
    }

    @Test(arguments: [
        Mistake(statement: "SELECT Id FROM Lead WHERE", code: "MALFORMED_QUERY", part: "unexpected token: '<EOF>'"),
        Mistake(statement: "SELECT Id FROM Lead WHERE Email = 'a", code: "MALFORMED_QUERY", part: "literal"),
        Mistake(statement: "SELECT Id FROM Lead WHERE Email = 'a\\x'", code: "MALFORMED_QUERY", part: "escape"),
        Mistake(statement: "SELECT Id FROM Lead WHERE Email = 'o'neil'", code: "MALFORMED_QUERY", part: "literal"),
        Mistake(
            statement: "SELECT Id FROM Lead WHERE IsConverted = true AND Email = 'a' OR Email = 'b'",
            code: "MALFORMED_QUERY",
            part: "OR"
        ),
        Mistake(
            statement: "SELECT Nope__c FROM Lead",
            code: "INVALID_FIELD",
            part: "No such column 'Nope__c' on entity"
        ),
        Mistake(statement: "SELECT Id FROM Lead WHERE Email = true", code: "INVALID_FIELD", part: "enclosed in quotes"),
        Mistake(statement: "SELECT Id FROM Lead WHERE IsConverted = 'x'", code: "INVALID_FIELD", part: "boolean"),
        Mistake(statement: "SELECT Id FROM Nope__c", code: "INVALID_TYPE", part: "is not supported"),
        Mistake(
            statement: "SELECT Id FROM Lead WHERE Id = 'wonky'",
            code: "INVALID_QUERY_FILTER_OPERATOR",
            part: "invalid ID field: wonky"
        ),
    ])
    func mistakesAreNamedAsAnOrgNamesThem(_ mistake: Mistake) async throws {
        try await OrgClient.with { _, client in
            let (status, body) = try await client.query(mistake.statement)
            #expect(status == 400)
            #expect(body[0]?["errorCode"] == .string(mistake.code))
            #expect(body[0]?["message"]?.stringValue?.contains(mistake.part) == true)
        }
    }

    @Test func longResultsComeInPages() async throws {
        try await OrgClient.with { simulator, client in
            try simulator.seed(people: 4_500, "Lead")
            var (_, page) = try await client.query("SELECT Id FROM Lead ORDER BY Email DESC")
            #expect(page["totalSize"] == 4_500)
            var ids: Set<String> = []
            var pages = 0
            while true {
                pages += 1
                ids.formUnion((page["records"]?.arrayValue ?? []).compactMap { $0["Id"]?.stringValue })
                guard page["done"] == false, let next = page["nextRecordsUrl"]?.stringValue else {
                    break
                }
                page = try await client.call("GET", String(next.dropFirst("/services/data/v66.0".count))).json
            }
            #expect(pages == 3)
            #expect(ids.count == 4_500)
        }
    }

    @Test func countsAndLimitsAndParents() async throws {
        try await OrgClient.with { simulator, client in
            try simulator.seed(people: 9, "Contact")
            #expect(try await client.query("SELECT COUNT() FROM Contact").body["totalSize"] == 9)
            let counted = try await client.query("SELECT COUNT(Id) FROM Contact").body
            #expect(counted["records"]?[0]?["expr0"] == 9)
            let limited = try await client.query("SELECT Email FROM Contact ORDER BY Email LIMIT 2 OFFSET 3").body
            #expect(limited["records"]?[0]?["Email"] == "person000004@example.com")
            let parents = try await client.query("SELECT Account.Name FROM Contact WHERE Account.Name LIKE '%5'").body
            #expect(parents["totalSize"] == 4)
            #expect(parents["records"]?[0]?["Account"]?["Name"] == "Household 000005")
        }
    }

    @Test func queryAllShowsDeletedRows() async throws {
        try await OrgClient.with { simulator, client in
            let id = try #require(try simulator.seed(people: 1, "Lead").first)
            simulator.withOrg { $0.remove("Lead", id: id) }
            #expect(try await client.query("SELECT Id FROM Lead").body["totalSize"] == 0)
            let all = try await client.call("GET", "/queryAll?q=SELECT+Id,IsDeleted+FROM+Lead")
            #expect(try all.json["records"]?[0]?["IsDeleted"] == true)
        }
    }
}
