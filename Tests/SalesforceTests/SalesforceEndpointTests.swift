import Salesforce
import Testing

@Suite struct SalesforceEndpointTests {
    @Test(arguments: [
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com/", "https://acme.my.salesforce.com"),
        ("HTTPS://Acme.My.Salesforce.com:443/services/oauth2/token", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com/services/oauth2/token/", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com/services/data/", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com/services/data/v62.0/sobjects", "https://acme.my.salesforce.com"),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://acme--dev.sandbox.my.salesforce.com"),
        ("https://acme.my.salesforce.mil", "https://acme.my.salesforce.mil"),
    ])
    func theOriginIsKept(text: String, origin: String) throws {
        #expect(try SalesforceEndpoint.normalise(text, allowInsecure: false) == origin)
    }

    @Test(arguments: [
        ("", InvalidEndpoint.noURL),
        ("acme.my.salesforce.com", .noURL),
        ("http://acme.my.salesforce.com", .notHTTPS),
        ("ftp://acme.my.salesforce.com", .notHTTPS),
        ("https://example.com", .otherDomain),
        ("https://salesforce.com.example.com", .otherDomain),
        ("https://evilsalesforce.com", .otherDomain),
        ("https://salesforce.com", .otherDomain),
        ("https://127.0.0.1", .otherDomain),
        ("https://user:secret@acme.my.salesforce.com", .userInformation),
        ("https://acme.my.salesforce.com@example.com", .userInformation),
        ("https://acme.my.salesforce.com?x=1", .queryOrFragment),
        ("https://acme.my.salesforce.com/#x", .queryOrFragment),
        ("https://acme.my.salesforce.com/lightning/page", .otherPath),
        ("https://acme.my.salesforce.com/services/data/../x", .otherPath),
        ("https://acme.my.salesforce.com:8443", .otherPort),
        ("https://acme.my.salesforce.com:x", .badHost),
        ("https://acme..salesforce.com", .badHost),
        ("https://ac me.salesforce.com", .badHost),
        ("https://exa\\mple.salesforce.com", .badHost),
        ("https:///services/data", .badHost),
    ])
    func everythingElseIsRefused(text: String, problem: InvalidEndpoint) {
        #expect(throws: problem) { try SalesforceEndpoint.normalise(text, allowInsecure: false) }
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:80/services/oauth2/token", "http://[::1]"),
        ("https://localhost:8443", "https://localhost:8443"),
        ("http://stand-in", "http://stand-in"),
    ])
    func anyHostIsTakenWhereInsecureOnesAreAllowed(text: String, origin: String) throws {
        #expect(try SalesforceEndpoint.normalise(text, allowInsecure: true) == origin)
    }
}
