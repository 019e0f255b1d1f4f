/// One thing that was looked at before a configuration is trusted, and a sentence that an administrator can act on.
package struct VerificationCheck: Hashable, Sendable {
    /// What was looked at, such as `login` or `field`.
    package var check: String
    package var status: Status
    /// The Salesforce field it is about.
    package var field: String?
    package var message: String

    package init(_ check: String, _ status: Status, field: String? = nil, _ message: String) {
        self.check = check
        self.status = status
        self.field = field
        self.message = message
    }

    /// How it went.
    package enum Status: String, Hashable, Sendable {
        case pass
        /// Works, with a risk that the message names.
        case warn
        /// Deliveries would fail.
        case fail
    }
}
