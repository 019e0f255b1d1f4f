import Consent
import Testing

@Suite struct SecretTests {
    static let secret = Secret("hunter2-äö")

    @Test func everyWayOfPrintingGivesStars() {
        let holder = Holder(secret: Self.secret)
        var dumped = ""
        dump(Self.secret, to: &dumped)
        dump(holder, to: &dumped)
        dump([Self.secret], to: &dumped)
        let texts = [
            "\(Self.secret)", String(describing: Self.secret), String(reflecting: Self.secret),
            "\(holder)", String(reflecting: holder), "\([Self.secret])", "\(Optional(Self.secret) as Any)",
            "\(["key": Self.secret])", dumped, "\(Mirror(reflecting: Self.secret).children.map(\.value))",
        ]
        for text in texts { #expect(!text.contains("hunter2"), "\(text)") }
        #expect("\(Self.secret)" == "***")
        #expect(String(reflecting: Self.secret) == "***")
    }

    @Test func aConfigurationPrintsNoSecret() {
        let configuration = Configuration(
            id: ConfigurationID(ordinal: 1),
            name: "leads",
            origin: "https://acme.my.salesforce.com",
            clientID: "client",
            clientSecret: Self.secret,
            recordKind: .lead,
            matchField: "Email",
            mappings: [],
            createdAt: Timestamp(milliseconds: 0),
            updatedAt: Timestamp(milliseconds: 0)
        )
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration)\(String(reflecting: configuration))\(dumped)".contains("hunter2"))
    }

    @Test func theTextIsHandedOutOnRequest() {
        #expect(Self.secret.reveal() == "hunter2-äö")
        #expect(Secret("a") == Secret("a"))
        #expect(Secret("a") != Secret("b"))
    }

    private struct Holder {
        var secret: Secret
    }
}
