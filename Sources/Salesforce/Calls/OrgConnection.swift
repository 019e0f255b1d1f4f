import Consent
import Delivery
import HTTPClient
import JSON

/// Makes data calls to an org: with its token, on its instance, once more after an expired session.
final class OrgConnection: Sendable {
    let failures: FailureFactory
    private let http: HTTPClient
    private let tokens: TokenStore
    private let limits: SalesforceLimits
    private let compressesRequests: Bool

    init(
        http: HTTPClient,
        allowInsecure: Bool,
        compressesRequests: Bool,
        limits: SalesforceLimits,
        now: @escaping @Sendable () -> Timestamp
    ) {
        let failures = FailureFactory(limits: limits, now: now)
        let login = Login(http: http, failures: failures, allowInsecure: allowInsecure)
        self.http = http
        self.failures = failures
        self.limits = limits
        self.compressesRequests = compressesRequests
        tokens = TokenStore(limits: limits, now: now) { await login.perform($0) }
    }

    /// A data call's answer of success.
    struct Answer: Sendable {
        var value: JSONValue
        var response: HTTPResponse
    }

    /// What a data call sends, and in which form it wants its answer.
    struct Content: Sendable {
        var body: [UInt8] = []
        var type = "application/json; charset=UTF-8"
        var accepted = "application/json"
    }

    /// Sees to it that there is a token, which costs a login only where there is none.
    func logIn(for configuration: Configuration, tally: inout CallTally) async throws(CallFailure) {
        let grant = await tokens.token(for: LoginKey(configuration))
        tally.calls += grant.logins
        if case .failure(let failure) = grant.result { throw CallFailure(failure) }
    }

    /// Makes one data call; `words` are taken out of messages.
    ///
    /// At most one renewed login and one replay happen inside. `verdict` finds in an answer of success what a part of it says
    /// of the token.
    func call(
        _ method: HTTPMethod,
        _ path: String,
        body: [UInt8] = [],
        for configuration: Configuration,
        words: [String] = [],
        tally: inout CallTally,
        verdict: (JSONValue) -> TokenVerdict = { _ in .taken }
    ) async throws(CallFailure) -> Answer {
        try await exchange(
            method,
            path,
            Content(body: body),
            for: configuration,
            words: words,
            tally: &tally,
            reading: answer
        ) { verdict($0.value) }
    }

    /// Makes one data call whose answer need not be JSON, in the same way.
    func exchange(
        _ method: HTTPMethod,
        _ path: String,
        _ content: Content = Content(),
        for configuration: Configuration,
        words: [String] = [],
        tally: inout CallTally
    ) async throws(CallFailure) -> HTTPResponse {
        try await exchange(
            method,
            path,
            content,
            for: configuration,
            words: words,
            tally: &tally,
            reading: { $0 },
            verdict: { _ in .taken }
        )
    }

    private func exchange<Value>(
        _ method: HTTPMethod,
        _ path: String,
        _ content: Content,
        for configuration: Configuration,
        words: [String],
        tally: inout CallTally,
        reading read: (HTTPResponse) throws(CallFailure) -> Value,
        verdict: (Value) -> TokenVerdict
    ) async throws(CallFailure) -> Value {
        let key = LoginKey(configuration)
        var refused: UInt64?
        while true {
            let grant = await tokens.token(for: key, refused: refused)
            tally.calls += grant.logins
            let token: Token
            switch grant.result {
            case .success(let fresh): token = fresh
            case .failure(let failure): throw CallFailure(failure)
            }
            let response: HTTPResponse
            do {
                response = try await send(method, path, content, token, configuration, &tally)
            } catch {
                if error.isHostUnreachable { await leave(token, key) }
                throw CallFailure(failures.failure(error))
            }
            let result: Result<Value, CallFailure>
            let judgement: TokenVerdict
            if (200..<300).contains(response.status) {
                let value = try read(response)
                result = .success(value)
                judgement = verdict(value)
            } else {
                let body = ErrorBody(response.body)
                if Self.isElsewhere(response, body) { await leave(token, key) }
                result = .failure(failures.callFailure(response, body, scope: .call, words: words))
                judgement = ErrorTable.verdict(body, status: response.status)
            }
            guard judgement == .refused, refused == nil else {
                // Kept, it would be refused again after an administrator has mended what was wrong.
                if judgement == .useless { await tokens.retire(token.generation, of: key) }
                return try result.get()
            }
            refused = token.generation
        }
    }

    /// Gives up a token whose instance may have moved: only a login tells where to.
    private func leave(_ token: Token, _ key: LoginKey) async {
        guard token.instanceURL != key.origin else { return }
        await tokens.retire(token.generation, of: key)
    }

    /// Whether an answer is what a host says that the org is not at any more.
    private static func isElsewhere(_ response: HTTPResponse, _ body: ErrorBody) -> Bool {
        (301...399).contains(response.status) || (response.status == 404 && !body.isReadable)
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        _ content: Content,
        _ token: Token,
        _ configuration: Configuration,
        _ tally: inout CallTally
    ) async throws(HTTPError) -> HTTPResponse {
        var request = HTTPRequest(
            method: method,
            url: token.instanceURL + path,
            headers: Self.headers(token, configuration, content),
            body: content.body,
            compressesBody: compressesRequests && content.body.count >= Self.compressedBytesMin
        )
        tally.calls += 1
        var response = try await http.send(request)
        // Some gateway before the org does not take compressed bodies: nothing was read, so it may be sent again.
        if response.status == 415, request.compressesBody {
            request.compressesBody = false
            tally.calls += 1
            response = try await http.send(request)
        }
        tally.usage = AnswerHeaders.usage(response.header("sforce-limit-info")) ?? tally.usage
        return response
    }

    private func answer(_ response: HTTPResponse) throws(CallFailure) -> Answer {
        if let value = try? JSONValue.parse(response.body) { return Answer(value: value, response: response) }
        if ErrorBody(response.body).isMaintenance {
            throw failures.callFailure(response, ErrorBody(response.body), scope: .call, words: [])
        }
        let isEmpty = response.body.isEmpty
        throw CallFailure(
            failures.unreadable(
                response,
                reason: isEmpty ? "EMPTY_ANSWER" : "UNREADABLE_ANSWER",
                message: isEmpty ? "the answer is empty" : "the answer is not complete JSON"
            )
        )
    }

    /// Smaller bodies fit one packet anyway.
    private static let compressedBytesMin = 1_400

    private static func headers(
        _ token: Token,
        _ configuration: Configuration,
        _ content: Content
    ) -> [(name: String, value: String)] {
        var headers = [
            (name: "Authorization", value: "Bearer \(token.accessToken.reveal())"),
            (name: "Accept", value: content.accepted),
            // A consent update must not hand a Lead to another owner.
            (name: "Sforce-Auto-Assign", value: "FALSE"),
            (name: "Sforce-Call-Options", value: "client=consentd"),
        ]
        if configuration.allowsDuplicates {
            headers.append((name: "Sforce-Duplicate-Rule-Header", value: "allowSave=true"))
        }
        if !content.body.isEmpty { headers.append((name: "Content-Type", value: content.type)) }
        return headers
    }
}
