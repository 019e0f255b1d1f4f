package import Consent
package import Delivery

/// Keeps one token for each login of the whole process and lets one caller at a time fetch it.
package actor TokenStore {
    private var entries: [LoginKey: Entry] = [:]
    private let limits: SalesforceLimits
    private let now: @Sendable () -> Timestamp
    private let logIn: @Sendable (LoginKey) async -> Result<LoginAnswer, Failure>
    private var uses: UInt64 = 0

    /// Creates a store that fetches tokens by `logIn`.
    package init(
        limits: SalesforceLimits,
        now: @escaping @Sendable () -> Timestamp,
        logIn: @escaping @Sendable (LoginKey) async -> Result<LoginAnswer, Failure>
    ) {
        self.limits = limits
        self.now = now
        self.logIn = logIn
    }

    /// A token and how many logins this very caller made for it.
    package struct Grant: Sendable {
        package var result: Result<Token, Failure>
        package var logins: Int
    }

    /// Returns a token, from a login if need be; `refused` is the generation of one that the org no longer takes.
    package func token(for key: LoginKey, refused: UInt64? = nil) async -> Grant {
        while true {
            var entry = entries[key] ?? makeEntry()
            let action = entry.state.next(refused: refused, at: now())
            uses += 1
            entry.lastUse = uses
            entries[key] = entry
            switch action {
            case .use(let token):
                return Grant(result: .success(token), logins: 0)
            case .refused(let failure):
                return Grant(result: .failure(failure), logins: 0)
            case .logIn:
                entries[key]?.isLoggingIn = true
                let answer = await logIn(key)
                return Grant(result: finish(key, answer), logins: 1)
            case .wait:
                let shared = await withCheckedContinuation { continuation in
                    entries[key]?.waiters.append(continuation)
                }
                if let shared { return Grant(result: shared, logins: 0) }
            }
        }
    }

    /// Gives up the token of this generation, so that whoever asks next logs in.
    package func retire(_ generation: UInt64, of key: LoginKey) {
        entries[key]?.state.retire(generation)
    }

    private func finish(_ key: LoginKey, _ answer: Result<LoginAnswer, Failure>) -> Result<Token, Failure> {
        // It cannot have gone meanwhile: an entry that is logging in is never evicted.
        guard var entry = entries[key] else { preconditionFailure("login finished without an entry") }
        let result = entry.state.finished(answer, at: now())
        let waiters = entry.waiters
        entry.waiters = []
        entry.isLoggingIn = false
        entries[key] = entry
        // A cancelled caller says nothing of the org: another one logs in instead.
        let isCancelled = if case .failure(let failure) = result { failure.kind == .cancelled } else { false }
        for waiter in waiters { waiter.resume(returning: isCancelled ? nil : result) }
        return result
    }

    private func makeEntry() -> Entry {
        if entries.count >= limits.tokensMax,
            let oldest = entries.filter({ !$0.value.isLoggingIn }).min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            entries[oldest.key] = nil
        }
        return Entry(state: TokenState(refusalLifetime: limits.refusalLifetime))
    }

    private struct Entry {
        var state: TokenState
        var waiters: [CheckedContinuation<Result<Token, Failure>?, Never>] = []
        var isLoggingIn = false
        var lastUse: UInt64 = 0
    }
}
