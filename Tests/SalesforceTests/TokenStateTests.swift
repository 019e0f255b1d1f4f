import Consent
import Delivery
import Salesforce
import Testing

@Suite struct TokenStateTests {
    private let now = Timestamp(milliseconds: 1_000_000)
    private let answer = LoginAnswer(accessToken: Secret("t"), instanceURL: "https://a.my.salesforce.com")

    private func failure(_ kind: Failure.Kind) -> Failure {
        Failure(kind: kind, reason: "X", attempt: Attempt(at: now))
    }

    @Test func manyRefusalsOfOneTokenLeadToOneLogin() {
        var state = TokenState(refusalLifetime: .seconds(1))
        #expect(state.next(refused: nil, at: now) == .logIn)
        #expect(state.next(refused: nil, at: now) == .wait)
        guard case .success(let first) = state.finished(.success(answer), at: now) else {
            Issue.record("no token")
            return
        }
        #expect(state.next(refused: nil, at: now) == .use(first))
        #expect(state.next(refused: first.generation, at: now) == .logIn)
        #expect(state.next(refused: first.generation, at: now) == .wait)
        guard case .success(let second) = state.finished(.success(answer), at: now) else {
            Issue.record("no token")
            return
        }
        #expect(second.generation == first.generation + 1)
        // Whoever comes late with the old refusal takes the new token.
        #expect(state.next(refused: first.generation, at: now) == .use(second))
    }

    @Test func aRefusedLoginAnswersForThoseBehindItAndThenIsTriedAgain() {
        var state = TokenState(refusalLifetime: .seconds(1))
        _ = state.next(refused: nil, at: now)
        _ = state.finished(.failure(failure(.configuration)), at: now)
        #expect(state.next(refused: nil, at: now) == .refused(failure(.configuration)))
        #expect(state.next(refused: nil, at: now + .seconds(1)) == .logIn)
    }

    @Test func passingTroubleAndCancellationAreNotRemembered() {
        for kind in [Failure.Kind.transient, .cancelled] {
            var state = TokenState(refusalLifetime: .seconds(1))
            _ = state.next(refused: nil, at: now)
            _ = state.finished(.failure(failure(kind)), at: now)
            #expect(state.next(refused: nil, at: now) == .logIn)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct TokenStoreTests {
    /// A store whose logins always succeed, with the secret itself as the token.
    private func store(_ logins: Counter, _ limits: SalesforceLimits = SalesforceLimits()) -> TokenStore {
        TokenStore(
            limits: limits,
            now: { Timestamp(milliseconds: 0) },
            logIn: { key in
                await logins.increment()
                return .success(LoginAnswer(accessToken: key.secret, instanceURL: key.origin))
            }
        )
    }

    @Test func aThousandCallersShareOneLogin() async {
        let logins = Counter()
        let store = store(logins)
        let key = LoginKey(Fixture.configuration(origin: "https://a.my.salesforce.com"))
        for refused in [nil, UInt64(1)] {
            await withTaskGroup(of: UInt64?.self) { group in
                for _ in 0..<1_000 {
                    group.addTask { try? await store.token(for: key, refused: refused).result.get().generation }
                }
                for await generation in group { #expect(generation == (refused ?? 0) + 1) }
            }
        }
        #expect(await logins.count == 2)
    }

    @Test func anotherSecretMeansAnotherLogin() async {
        let logins = Counter()
        let store = store(logins)
        var configuration = Fixture.configuration(origin: "https://a.my.salesforce.com")
        _ = await store.token(for: LoginKey(configuration))
        configuration.clientSecret = Secret("changed")
        let token = try? await store.token(for: LoginKey(configuration)).result.get()
        #expect(token?.accessToken == Secret("changed"))
        #expect(await logins.count == 2)
    }

    @Test func theNumberOfTokensIsBounded() async {
        var limits = SalesforceLimits()
        limits.tokensMax = 2
        let logins = Counter()
        let store = store(logins, limits)
        func use(_ client: String) async {
            var configuration = Fixture.configuration(origin: "https://a.my.salesforce.com")
            configuration.clientID = client
            _ = await store.token(for: LoginKey(configuration))
        }
        for client in ["a", "b", "a", "c", "a", "b"] { await use(client) }
        #expect(await logins.count == 4)
    }
}

actor Counter {
    private(set) var count = 0

    func increment() { count += 1 }
}
