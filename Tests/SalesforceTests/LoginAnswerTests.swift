import Consent
import Salesforce
import Testing

@Suite struct LoginAnswerTests {
    private func read(_ text: String) throws -> LoginAnswer {
        try LoginAnswer(Array(text.utf8), origin: "https://acme.my.salesforce.com", allowInsecure: false)
    }

    @Test func theInstanceIsFollowed() throws {
        let answer = try read(
            #"{"access_token":"00D!x","instance_url":"https://other.my.salesforce.com/","token_type":"Bearer"}"#
        )
        #expect(answer == LoginAnswer(accessToken: Secret("00D!x"), instanceURL: "https://other.my.salesforce.com"))
        #expect(try read(#"{"access_token":"x"}"#).instanceURL == "https://acme.my.salesforce.com")
    }

    @Test func aForeignInstanceIsRefused() {
        for url in ["https://example.com", "http://acme.my.salesforce.com"] {
            #expect(throws: LoginAnswer.Problem.self) { try read(#"{"access_token":"x","instance_url":"\#(url)"}"#) }
        }
    }

    @Test(arguments: [#"{"access_token":""}"#, #"{"access_token":"a\r\nX-Y: z"}"#, "{}", "", "<html>", "[]"])
    func anAnswerWithoutAToken(text: String) {
        #expect(throws: LoginAnswer.Problem.unreadable) { try read(text) }
    }
}
