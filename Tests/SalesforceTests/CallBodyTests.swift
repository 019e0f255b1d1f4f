import Consent
import JSON
import Salesforce
import Testing

@Suite struct CallBodyTests {
    @Test func aFieldIsWrittenOnceWithItsLastValue() {
        var body = RecordBody(.lead, recordCount: 2)
        body.add(
            id: "00Q000000000001",
            [
                FieldEntry(field: "company", value: .string("default")),
                FieldEntry(field: "N__c", value: .number("1.50")),
                FieldEntry(field: "Company", value: .string("mapped \"x\"")), FieldEntry(field: "B__c", value: .null),
            ]
        )
        body.add(id: nil, [FieldEntry(field: "N__c", value: .number("no number"))])
        #expect(
            String(decoding: body.finish(), as: UTF8.self)
                == #"{"allOrNone":false,"records":[{"attributes":{"type":"Lead"},"id":"00Q000000000001","N__c":1.50,"#
                + #""Company":"mapped \"x\"","B__c":null},{"attributes":{"type":"Lead"},"N__c":"no number"}]}"#
        )
    }

    @Test func queriesTravelInTheBody() throws {
        let body = try JSONValue.parse(CompositeCall.body(["SELECT Id", "a'b"], apiVersion: "v62.0"))
        #expect(body["allOrNone"] == false)
        #expect(body["compositeRequest"]?[1]?["url"] == "/services/data/v62.0/query?q=a%27b")
    }

    @Test func partsComeBackInTheOrderOfTheStatements() throws {
        let answer = try JSONValue.parse(
            """
            {"compositeResponse":[{"body":2,"httpStatusCode":400,"referenceId":"q1"},
            {"body":1,"httpStatusCode":200,"referenceId":"q0"}]}
            """
        )
        let parts = try #require(CompositeCall.parts(answer, count: 2))
        #expect(parts.map(\.status) == [200, 400])
        #expect(CompositeCall.parts(answer, count: 3) == nil)
        #expect(CompositeCall.parts([], count: 1) == nil)
    }

    @Test func onlySuccessItselfIsSuccess() throws {
        let value = try JSONValue.parse(
            """
            [{"id":"1","success":true,"errors":[]},{"id":"2","errors":[]},{"success":"true"},
            {"id":"3","success":false,"errors":[{"statusCode":"X","message":"m","fields":[]}]},17,
            {"id":null,"success":true,"errors":null},{"id":7,"success":true,"errors":[]},
            {"id":"4","success":null,"errors":null},{"id":"5","success":1}]
            """
        )
        let items = try #require(CollectionsItem.items(value, count: 9))
        #expect(
            items == [
                .success(id: "1"), .unreadable, .unreadable, .failure([SalesforceError(code: "X", message: "m")]),
                .unreadable, .success(id: nil), .unreadable, .unreadable, .unreadable,
            ]
        )
        #expect(CollectionsItem.items(value, count: 8) == nil)
        #expect(CollectionsItem.items(value, count: 10) == nil)
        #expect(CollectionsItem.items(["a": 1], count: 1) == nil)
    }

    @Test func defaultsFillWhatSalesforceDemands() {
        var configuration = Fixture.configuration(origin: "https://a.my.salesforce.com")
        configuration.createDefaults = ["Company": .string("Acme"), "LeadSource": .string("Web")]
        #expect(
            CreateDefaults.entries(for: configuration) == [
                FieldEntry(field: "LastName", value: .string("[not provided]")),
                FieldEntry(field: "Company", value: .string("Acme")),
                FieldEntry(field: "LeadSource", value: .string("Web")),
            ]
        )
    }

    @Test func aNextPageAnywhereElseIsNotFollowed() throws {
        let page = try #require(
            QueryPage(["done": false, "records": [], "nextRecordsUrl": "/services/data/v62.0/query/01g-2000"])
        )
        #expect(page.nextPath == "/services/data/v62.0/query/01g-2000")
        #expect(QueryPage(["done": false, "records": [], "nextRecordsUrl": "https://example.com/"]) == nil)
        // There is more, and no way to it.
        #expect(QueryPage(["done": false, "records": []]) == nil)
        #expect(QueryPage(["done": false, "records": [], "nextRecordsUrl": .null]) == nil)
        #expect(QueryPage(["records": [1]]) == nil)
        #expect(QueryPage([:]) == nil)
    }

    @Test func aPageSaysHowManyRowsThereAreInAll() {
        let sizes: [(JSONValue, Int?)] = [
            (3, 3), (.number("3.0"), 3), ("3", nil), (.null, nil), (.number("1e99"), nil),
        ]
        for (told, size) in sizes {
            #expect(QueryPage(["totalSize": told, "done": true, "records": []])?.totalSize == size, "\(told)")
        }
        #expect(QueryPage(["done": true, "records": []])?.totalSize == nil)
    }
}
