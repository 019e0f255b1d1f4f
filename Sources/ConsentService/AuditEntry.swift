import Consent
import ConsentAPI
import ConsentStore
import JSON
import JSONRPC

/// One call that changes something, or tried to: who made it and what came of it, nothing about its content.
package struct AuditEntry: Equatable, Sendable {
    /// The method's name.
    package var method: String
    /// The caller, as the kernel knows it.
    package var userID: UInt32
    /// The socket that the call came in by.
    package var role: SocketRole
    /// `OK`, or the canonical status of the error.
    package var status = "OK"
    /// The record of a published event.
    package var sequenceNumber: UInt64?
    /// The configuration that was made or changed, where the answer tells.
    package var configuration: String?
    /// The caller's W3C trace context, where it gave one.
    package var traceparent: String?
    /// How long the call took, where that is known.
    package var duration: Duration?

    /// The methods that change something.
    static let methods: Set<String> = [
        "createConfiguration", "updateConfiguration", "deleteConfiguration", "publishConsent", "retryDelivery",
        "cancelDelivery", "eraseSubject",
    ]

    init(_ method: String, by peer: PeerCredentials, on role: SocketRole) {
        self.method = method
        userID = peer.userID
        self.role = role
    }
}

extension AuditEntry {
    /// Takes over what became of the call.
    mutating func finish(_ result: Result<any JSONEncodable & Sendable, ErrorObject>, after duration: Duration) {
        self.duration = duration
        switch result {
        case .success(let value):
            configuration = (value as? ConfigurationView)?.status.configuration.id.description
        case .failure(let error): status = error.status.name
        }
    }

    /// What became of a publish.
    init(
        publishedBy peer: PeerCredentials,
        on role: SocketRole,
        traceparent: String? = nil,
        _ result: Result<PublishResult, StoreError>
    ) {
        self.init("publishConsent", by: peer, on: role)
        self.traceparent = traceparent
        switch result {
        case .success(let result): sequenceNumber = result.sequenceNumber.rawValue
        case .failure(let error): status = ErrorObject(error).status.name
        }
    }
}
