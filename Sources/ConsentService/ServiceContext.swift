import Consent
import ConsentAPI
import ConsentStore
import NIOCore

/// What every connection shares.
struct ServiceContext: Sendable {
    /// Nil during an outage.
    let store: ConsentStore?
    /// Why there is no store.
    let outage: Outage?
    /// Told of every call that changes something, several at a time.
    let audit: (@Sendable ([AuditEntry]) -> Void)?
    let methods: MethodTable
    let meters: RequestMeters
    let reporter: StatusReporter
    let limits: ServiceLimits
    let now: @Sendable () -> Timestamp
    let normaliseEndpoint: ParamsReader.EndpointNormaliser

    func decodingContext(_ now: Timestamp) -> ParamsReader.Context {
        ParamsReader.Context(now: now, normaliseEndpoint: normaliseEndpoint)
    }

    /// Counts what became of a publish.
    func count(_ item: Connection.Published, now: NIODeadline) {
        meters.publish.ended(item.status, readAt: .uptimeNanoseconds(item.call.readAt), now: now)
    }

    /// Tells whoever wants to know of the calls that changed something, whether or not their caller is still there.
    func tell(_ drained: Connection.Drained, of connection: Connection) {
        guard let audit else { return }
        let published = drained.published.lazy.map { item in
            AuditEntry(publishedBy: connection.peer, on: connection.role, item.result)
        }
        let entries = drained.audits + published
        if !entries.isEmpty { audit(entries) }
    }
}
