/// What an org is told at its start, and what may be changed while it runs.
package struct OrgSettings: Sendable {
    /// The client id that may log in.
    package var clientID = "simulator-client"
    /// The secret that belongs to the client id.
    package var clientSecret = "simulator-secret"
    /// For the password grant and the SOAP login that public clients use.
    package var username = "integration@simulator.example"
    /// The password that belongs to the user name; whatever follows it is taken as a security token.
    package var password = "simulator-password"
    /// The origin named as `instance_url`; nil means the one the caller used.
    package var instanceURL: String?
    /// Added to every call, the logins included.
    package var latencyMilliseconds = 0
    /// The org's daily allocation of data calls; past it calls are refused until the statistics are reset.
    package var dailyCallsMax = 15_000_000
    /// Whether an unknown field fails its record only instead of the whole collections call.
    package var unknownFieldsFailItems = false
    /// Whether a new person with the Email of another one is reported as a duplicate, unless the caller allows it.
    package var alertsDuplicates = false
    /// Rows of one query page.
    package var queryPageRows = 2_000

    /// Makes the settings of a fresh org.
    package init() {}
}
