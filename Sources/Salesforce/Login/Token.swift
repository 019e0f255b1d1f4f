package import Consent

/// What a login brought: the right to call an org for a while, and where to call it.
package struct Token: Hashable, Sendable {
    package var accessToken: Secret
    /// The origin for data calls, which need not be the one that was logged in to.
    package var instanceURL: String
    /// Counts the logins of one key from 1, so that a refusal can be told from one of an older token.
    package var generation: UInt64

    package init(accessToken: Secret, instanceURL: String, generation: UInt64) {
        self.accessToken = accessToken
        self.instanceURL = instanceURL
        self.generation = generation
    }
}
