package import Consent
import JSON

/// A successful login's answer, checked.
package struct LoginAnswer: Hashable, Sendable {
    package var accessToken: Secret
    package var instanceURL: String

    package init(accessToken: Secret, instanceURL: String) {
        self.accessToken = accessToken
        self.instanceURL = instanceURL
    }

    /// Reads the answer's body; the instance must be an address that credentials may be sent to.
    ///
    /// `origin` is where the login went; it is used where the answer names no instance.
    package init(_ bytes: [UInt8], origin: String, allowInsecure: Bool) throws(Problem) {
        guard let value = try? JSONValue.parse(bytes), let token = value["access_token"]?.stringValue, !token.isEmpty,
            // It becomes a header.
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .unreadable }
        accessToken = Secret(token)
        guard let instance = value["instance_url"]?.stringValue, !instance.isEmpty else {
            instanceURL = origin
            return
        }
        do {
            instanceURL = try SalesforceEndpoint.normalise(instance, allowInsecure: allowInsecure)
        } catch {
            throw .forbiddenInstance(error)
        }
    }

    /// Why an answer is of no use.
    package enum Problem: Error, Hashable, Sendable {
        case unreadable
        case forbiddenInstance(InvalidEndpoint)
    }
}
