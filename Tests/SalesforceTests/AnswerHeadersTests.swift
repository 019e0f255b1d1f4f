import Consent
import Delivery
import Salesforce
import Testing

@Suite struct AnswerHeadersTests {
    @Test(arguments: [
        ("api-usage=37968/5000000", APIUsage(used: 37_968, limit: 5_000_000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample)", APIUsage(used: 25, limit: 5_000)),
        ("api-usage=25/5000, per-app-api-usage=17/250(appName=sample)", APIUsage(used: 25, limit: 5_000)),
        ("per-app-api-usage=17/250(appName=sample),api-usage=25/5000", APIUsage(used: 25, limit: 5_000)),
        ("per-app-api-usage=17/250(appName=sample);api-usage=25/5000", APIUsage(used: 25, limit: 5_000)),
        ("api-usage=x/5000", nil), ("api-usage=1", nil), ("", nil), ("api-usage=1/0", nil),
    ])
    func usageIsRead(text: String, usage: APIUsage?) {
        #expect(AnswerHeaders.usage(text) == usage)
    }

    @Test(arguments: [
        ("120", Duration.seconds(120)), ("0", .zero), (" 7 ", .seconds(7)), ("-1", nil), ("soon", nil), ("", nil),
        ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(37)), ("Sun, 06 Nov 1994 08:48:00 GMT", .zero),
        ("Sunday, 06-Nov-94 08:49:37 GMT", .seconds(37)), ("Sun Nov  6 08:49:37 1994", .seconds(37)),
        ("Saturday, 06-Nov-99 08:49:37 GMT", .seconds(86_400)), ("Monday, 06-Nov-45 08:49:37 GMT", .zero),
        ("Sunday, 06-Nov-1994 08:49:37 GMT", nil), ("Sun Foo  6 08:49:37 1994", nil),
        ("99999999", .seconds(86_400)),
    ])
    func retryAfterIsRead(text: String, duration: Duration?) throws {
        let now = try #require(Timestamp(rfc3339: "1994-11-06T08:49:00Z"))
        #expect(AnswerHeaders.retryAfter(text, at: now) == duration)
    }
}

@Suite struct RedactionTests {
    @Test(arguments: [
        ("invalid email address: ada@example.com", "invalid email address: ***"),
        ("Email IN ('ADA.L'Ovelace')\n^", "Email IN ('***') ^"),
        ("No such column 'X__c' on entity 'Lead'", "No such column 'X__c' on entity 'Lead'"),
    ])
    func peopleAreTakenOut(message: String, shown: String) {
        #expect(Redaction.redact(message, words: ["ada.l'ovelace", "ab"], charactersMax: 512) == shown)
    }

    @Test func longMessagesAreCut() {
        let text = Redaction.redact(String(repeating: "x", count: 9_999), charactersMax: 512)
        #expect(text.count == 512)
        #expect(text.hasSuffix("…"))
    }
}
