package import Consent

/// Whose token it is: configurations with the same credentials in the same org share one.
package struct LoginKey: Hashable, Sendable {
    package var origin: String
    package var clientID: String
    /// Part of the key so that a changed secret means a new login and no old token answers for it.
    package var secret: Secret

    /// The key of a configuration's credentials.
    package init(_ configuration: Configuration) {
        origin = configuration.origin
        clientID = configuration.clientID
        secret = configuration.clientSecret
    }
}
