package import Consent
package import Delivery

/// Decides for one login whether to use the token, wait for it or fetch it; it does nothing itself.
///
/// However many callers ask at once, and however many of them had the same token refused, one login follows.
package struct TokenState: Sendable {
    private var phase = Phase.absent
    private var generation: UInt64 = 0
    private let refusalLifetime: Duration

    package init(refusalLifetime: Duration) {
        self.refusalLifetime = refusalLifetime
    }

    /// What a caller has to do.
    package enum Action: Hashable, Sendable {
        case use(Token)
        /// Log in and report it by `finished(_:at:)`: nobody else will.
        case logIn
        /// Wait for the login that is under way.
        case wait
        /// A login was refused just now; another one would be too.
        case refused(Failure)
    }

    /// Asks for a token; `refused` is the generation of one that the org no longer takes.
    package mutating func next(refused: UInt64?, at now: Timestamp) -> Action {
        switch phase {
        case .present(let token):
            // A token that is newer than the refused one was fetched meanwhile for another caller.
            if let refused, refused >= token.generation {
                phase = .loggingIn
                return .logIn
            }
            return .use(token)
        case .loggingIn:
            return .wait
        case .refused(let failure, let moment) where now < moment + refusalLifetime && now >= moment:
            return .refused(failure)
        case .absent, .refused:
            phase = .loggingIn
            return .logIn
        }
    }

    /// Gives a token up, unless there is a newer one: whoever asks next logs in.
    package mutating func retire(_ generation: UInt64) {
        if case .present(let token) = phase, token.generation == generation { phase = .absent }
    }

    /// Takes the result of a login and returns what its caller gets.
    package mutating func finished(_ result: Result<LoginAnswer, Failure>, at now: Timestamp) -> Result<Token, Failure>
    {
        switch result {
        case .success(let answer):
            generation += 1
            let token = Token(
                accessToken: answer.accessToken,
                instanceURL: answer.instanceURL,
                generation: generation
            )
            phase = .present(token)
            return .success(token)
        case .failure(let failure):
            switch failure.kind {
            case .configuration, .orgPause:
                phase = .refused(failure, at: now)
            default:
                phase = .absent
            }
            return .failure(failure)
        }
    }

    private enum Phase: Sendable {
        case absent
        case loggingIn
        case present(Token)
        case refused(Failure, at: Timestamp)
    }
}
