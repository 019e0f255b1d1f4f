import Consent
import Delivery
import HTTPClient

/// Logs in with the client credentials flow.
struct Login: Sendable {
    let http: HTTPClient
    let failures: FailureFactory
    let allowInsecure: Bool

    /// One login: one HTTP call.
    func perform(_ key: LoginKey) async -> Result<LoginAnswer, Failure> {
        let request = HTTPRequest(
            method: .post,
            url: key.origin + "/services/oauth2/token",
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("Accept", "application/json"),
            ],
            body: Self.form([
                ("grant_type", "client_credentials"),
                ("client_id", key.clientID),
                ("client_secret", key.secret.reveal()),
            ])
        )
        do {
            return .success(try answer(to: try await http.send(request), key))
        } catch let error as HTTPError {
            return .failure(failures.failure(error))
        } catch let failure as Failure {
            return .failure(failure)
        } catch {
            preconditionFailure("login threw neither a transport error nor a failure")
        }
    }

    private func answer(to response: HTTPResponse, _ key: LoginKey) throws(Failure) -> LoginAnswer {
        guard response.status == 200 else {
            throw failure(response, key)
        }
        let problem: LoginAnswer.Problem
        do {
            return try LoginAnswer(response.body, origin: key.origin, allowInsecure: allowInsecure)
        } catch {
            problem = error
        }
        switch problem {
        case .forbiddenInstance(let reason):
            throw failures.own(
                .configuration,
                reason: "FORBIDDEN_INSTANCE_URL",
                message: "the login names an instance_url that \(reason): check authentication.url"
            )
        case .unreadable:
            let body = ErrorBody(response.body)
            guard body.errors.isEmpty, !body.isMaintenance else { throw failure(response, key) }
            throw failures.unreadable(
                response,
                reason: "UNREADABLE_ANSWER",
                message: "the answer to the login holds no token: check that authentication.url is the org's My Domain"
            )
        }
    }

    private func failure(_ response: HTTPResponse, _ key: LoginKey) -> Failure {
        let body = ErrorBody(response.body)
        let words = [key.clientID, key.secret.reveal()]
        var failure = failures.callFailure(response, body, scope: .login, words: words).alone
        if failure.kind == .batch || failure.kind == .record { failure.kind = .configuration }
        if !body.isReadable, !body.isMaintenance, (300..<500).contains(response.status) {
            failure.attempt.message =
                "the login was answered with HTTP \(response.status) and no word of Salesforce: "
                + "check that authentication.url is the org's My Domain"
        }
        return failure
    }

    private static func form(_ fields: [(name: String, value: String)]) -> [UInt8] {
        Array(fields.map { "\($0.name)=\(SOQL.percentEncoded($0.value))" }.joined(separator: "&").utf8)
    }
}
