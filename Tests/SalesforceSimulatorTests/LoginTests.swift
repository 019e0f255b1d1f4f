import JSON
import SalesforceSimulator
import Testing

@Suite(.timeLimit(.minutes(1))) struct LoginTests {
    @Test func aTokenNamesTheOriginThatTheCallerUsed() async throws {
        try await OrgClient.with { simulator, client in
            let answer = try await client.send("POST", "/services/oauth2/token", text: OrgClient.credentials)
            #expect(answer.status == 200)
            #expect(try answer.json["instance_url"] == .string("http://127.0.0.1:\(client.port)"))
            #expect(try answer.json["expires_in"] == nil)
            #expect(simulator.statistics.logins == 2)
        }
    }

    @Test func credentialsMayComeByHTTPBasic() async throws {
        try await OrgClient.with { _, client in
            let answer = try await client.send(
                "POST",
                "/services/oauth2/token",
                text: "grant_type=client_credentials",
                headers: [("Authorization", "Basic c2ltdWxhdG9yLWNsaWVudDpzaW11bGF0b3Itc2VjcmV0")]
            )
            #expect(answer.status == 200)
        }
    }

    struct Refusal: Sendable {
        var form: String
        var error: String
        var description: String
    }

    @Test(arguments: [
        Refusal(
            form: "grant_type=client_credentials&client_id=simulator-client&client_secret=wrong",
            error: "invalid_client",
            description: "invalid client credentials"
        ),
        Refusal(
            form: "grant_type=client_credentials&client_id=wrong&client_secret=simulator-secret",
            error: "invalid_client_id",
            description: "client identifier invalid"
        ),
        Refusal(
            form: "grant_type=refresh_token",
            error: "unsupported_grant_type",
            description: "grant type not supported"
        ),
        Refusal(
            form: "grant_type=password&client_id=simulator-client&client_secret=simulator-secret&username=x&password=y",
            error: "invalid_grant",
            description: "authentication failure"
        ),
    ])
    func wrongCredentialsAreRefusedInOAuthsWords(_ refusal: Refusal) async throws {
        try await OrgClient.with { simulator, client in
            let answer = try await client.send("POST", "/services/oauth2/token", text: refusal.form)
            #expect(answer.status == 400)
            #expect(try answer.json["error"] == .string(refusal.error))
            #expect(try answer.json["error_description"] == .string(refusal.description))
            #expect(simulator.statistics.loginsRefused == 1)
        }
    }

    @Test func aCallWithoutASessionIsRefused() async throws {
        try await OrgClient.with { _, client in
            var stranger = client
            stranger.session = "00D!nothing"
            let answer = try await stranger.call("GET", "/limits")
            #expect(answer.status == 401)
            #expect(try answer.json[0]?["errorCode"] == "INVALID_SESSION_ID")
        }
    }

    @Test func theSOAPLoginHandsOutASession() async throws {
        try await OrgClient.with { _, client in
            let envelope =
                "<e:Envelope><e:Body><n1:login><n1:username>integration@simulator.example</n1:username>"
                + "<n1:password>simulator-passwordTOKEN</n1:password></n1:login></e:Body></e:Envelope>"
            let answer = try await client.send("POST", "/services/Soap/u/59.0", text: envelope)
            #expect(answer.status == 200)
            #expect(answer.text.contains("<serverUrl>http://127.0.0.1:\(client.port)/services/Soap/u/59.0/00D"))
            let refused = try await client.send(
                "POST",
                "/services/Soap/u/59.0",
                text: envelope.replacing("simulator-password", with: "other")
            )
            #expect(refused.status == 500)
            #expect(refused.text.contains("INVALID_LOGIN"))
        }
    }
}
