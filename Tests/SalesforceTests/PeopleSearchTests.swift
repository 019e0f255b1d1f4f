import Consent
import Delivery
import JSON
import Salesforce
import Testing

@Suite struct PeopleSearchTests {
    private func search(
        _ people: [String],
        kind: RecordKind = .lead,
        matchField: String = "Email",
        field: FieldDescription? = nil
    ) -> PeopleSearch {
        PeopleSearch(
            people,
            known: Array(repeating: nil, count: people.count),
            kind: kind,
            matchField: matchField,
            description: field.map { ObjectDescription([$0]) },
            limits: SalesforceLimits()
        )
    }

    private func lead(_ id: String, _ email: String, isConverted: Bool = false) -> JSONObject {
        ["Id": .string(id), "Email": .string(email), "IsConverted": .bool(isConverted)]
    }

    @Test func aThousandPeopleAreFiveQueriesOfOneCall() {
        var search = search((0..<1_000).map { "person\($0)@example.com" })
        #expect(search.next().count == 5)
        #expect(search.next().isEmpty)
        #expect(search.finished() == Array(repeating: .notFound, count: 1_000))
    }

    @Test func longPeopleMakeMoreStatementsNotLongerOnes() {
        let people = (0..<400).map { "\($0)" + String(repeating: "'", count: 900) }
        var search = search(people)
        var statements: [String] = []
        while case let queries = search.next(), !queries.isEmpty {
            #expect(queries.count <= 5)
            statements += queries.map(\.statement)
        }
        #expect(statements.allSatisfy { $0.count <= 100_000 })
        #expect(people.allSatisfy { person in statements.contains { $0.contains(SOQL.literal(person)) } })
    }

    @Test func rowsComeBackToTheirPeopleInAnyCase() throws {
        var search = search(["Ada@Example.com", "bob@example.com", "eve@example.com"])
        let query = try #require(search.next().first)
        search.take(
            [
                lead("00Q000000000001", "ada@example.COM"), lead("00Q000000000002", "ADA@example.com"),
                lead("00Q000000000003", "bob@example.com", isConverted: true),
                lead("00Q000000000004", "mallory@example.com"),
                lead("00Q000000000001", "ada@example.com"),
            ],
            of: query
        )
        let records = [FoundRecord(id: "00Q000000000001"), FoundRecord(id: "00Q000000000002")]
        #expect(search.finished() == [.found(records), .converted, .notFound])
    }

    @Test func anOpenLeadBesideAConvertedOneIsFound() throws {
        var search = search(["a@b"])
        let query = try #require(search.next().first)
        search.take([lead("00Q000000000001", "a@b", isConverted: true), lead("00Q000000000002", "a@b")], of: query)
        #expect(search.finished() == [.found([FoundRecord(id: "00Q000000000002")])])
    }

    @Test func aSalesforceIDIsLookedUpAsOne() throws {
        var search = search(["001D000000IRFma", "x@example.com"], kind: .account, matchField: "Person__c")
        let queries = search.next()
        #expect(
            queries.map(\.statement) == [
                "SELECT Id, Person__c FROM Account WHERE Person__c IN ('x@example.com')",
                "SELECT Id, Person__c FROM Account WHERE Id IN ('001D000000IRFmaIAH')",
            ]
        )
        search.take([["Id": "001D000000IRFmaIAH", "Person__c": .null]], of: try #require(queries.last))
        #expect(search.finished() == [.found([FoundRecord(id: "001D000000IRFmaIAH")]), .notFound])
    }

    @Test func nobodyIsMatchedByNothing() throws {
        var search = search(["", "  ", "\n"])
        #expect(search.next().isEmpty)
        #expect(search.finished() == [.notFound, .notFound, .notFound])
    }

    @Test func caseCountsWhereTheFieldSaysSo() throws {
        let field = FieldDescription(name: "Key__c", typeName: "string", isUnique: true, isCaseSensitive: true)
        var search = search(["abc", "ABC"], matchField: "Key__c", field: field)
        let query = try #require(search.next().first)
        search.take([["Id": "00Q000000000001", "Key__c": "ABC"]], of: query)
        #expect(search.finished() == [.notFound, .found([FoundRecord(id: "00Q000000000001")])])
    }

    @Test func numbersAreAskedForAsNumbers() throws {
        let field = FieldDescription(name: "Key__c", typeName: "double")
        var search = search(["17", "x' OR Id != '"], matchField: "key__c", field: field)
        let query = try #require(search.next().first)
        #expect(query.statement.hasSuffix("WHERE key__c IN (17)"))
        search.take([["Id": "00Q000000000001", "Key__c": .number("17.0")]], of: query)
        #expect(search.finished() == [.found([FoundRecord(id: "00Q000000000001")]), .notFound])
    }

    @Test func whoeverMayHaveARowThatIsNobodysIsAskedForAlone() throws {
        let people = ["ada@example.com", "strasse@example.com", "bob@example.com", "eve@example.com"]
        // The org finds this one by another rule than ours, and tells no id of the other.
        let street = lead("00Q000000000002", "straße@example.com")
        let nameless: JSONObject = ["Id": .null, "Email": "eve@example.com"]
        let unclear = Failure(kind: .record, reason: "UNCLEAR", attempt: Attempt(at: Timestamp(milliseconds: 0)))
        var search = search(people)
        var asked = 0
        while case let queries = search.next(), !queries.isEmpty {
            for query in queries {
                asked += 1
                var rows: [JSONObject] = []
                if query.statement.contains("ada@") { rows.append(lead("00Q000000000001", "ada@example.com")) }
                if query.statement.contains("strasse@") { rows.append(street) }
                if query.statement.contains("eve@") { rows.append(nameless) }
                let strangers = search.take(rows, of: query)
                search.ended(query, strangers: strangers, unclear: unclear)
            }
        }
        #expect(asked == 4)
        #expect(
            search.finished() == [
                .found([FoundRecord(id: "00Q000000000001")]), .failed(unclear), .notFound, .failed(unclear),
            ]
        )
    }

    /// One person is remembered; the others' queries fail for want of an administrator.
    @Test(arguments: [("INVALID_FIELD", 1, true), ("MALFORMED_QUERY", 1, false), ("MALFORMED_QUERY", 2, true)])
    func aRefusedQueryIsNobodysFaultUnlessItsOnlyPersonMayBeTheReason(reason: String, asked: Int, isRefused: Bool) {
        let people = (0...asked).map { "p\($0)@example.com" }
        let known: [FindOutcome?] = [.found([FoundRecord(id: "00Q1")])] + Array(repeating: nil, count: asked)
        var search = PeopleSearch(
            people,
            known: known,
            kind: .lead,
            matchField: "Email",
            description: nil,
            limits: SalesforceLimits()
        )
        let attempt = Attempt(at: Timestamp(milliseconds: 0))
        let failure = Failure(kind: .configuration, reason: reason, attempt: attempt)
        while case let queries = search.next(), !queries.isEmpty {
            for query in queries { search.failed(query, CallFailure(failure)) }
        }
        #expect(search.refusal == (isRefused ? failure : nil))
        #expect(search.finished() == [known[0]] + Array(repeating: .failed(failure), count: asked))
    }

    @Test func aPoisonedQueryIsSplitUntilItsCulpritIsAlone() {
        let people = (0..<200).map { "p\($0)@example.com" }
        var search = search(people)
        let failure = CallFailure(
            Failure(kind: .batch, reason: "QUERY_TOO_COMPLICATED", attempt: Attempt(at: Timestamp(milliseconds: 0))),
            ifAlone: .record
        )
        var calls = 0
        while case let queries = search.next(), !queries.isEmpty {
            calls += 1
            for query in queries {
                if query.statement.contains("'p117@example.com'") {
                    search.failed(query, failure)
                } else {
                    search.take(people.map { lead("00Q-\($0)", $0) }, of: query)
                }
            }
        }
        #expect(calls <= 5)
        for (person, outcome) in zip(people, search.finished()) {
            if person == "p117@example.com" {
                #expect(outcome == .failed(failure.alone))
            } else {
                #expect(outcome == .found([FoundRecord(id: "00Q-\(person)")]))
            }
        }
    }
}
