package import Consent
import ConsentAPI
import ConsentStore
import JSON
import JSONRPC

/// What each method does, decided from valid values; connections and the store do it.
struct Handlers: Sendable {
    let identity: ServerIdentity
    let limits: ServiceLimits
    /// Whether events are taken.
    let isServing: Bool
    /// Nil during an outage, when nothing reaches an org.
    let verifier: ConfigurationVerifier?
    let gauges: ReportGauges

    func table() -> MethodTable {
        var table = MethodTable()
        addConfigurations(to: &table)
        addDeliveries(to: &table)
        addSubjects(to: &table)
        addVerification(to: &table)
        addWatches(to: &table)
        addHealth(to: &table)
        addStatus(to: &table)
        addSystem(to: &table)
        addDiscovery(to: &table)
        return table
    }

    /// Comes last, since it describes all the others.
    private func addDiscovery(to table: inout MethodTable) {
        var document = OpenRPCDocument(version: identity.version)
        table.describe(in: &document)
        document.add(PublishConsent.name, PublishConsent.access, positional: false, PublishConsent.schema)
        document.add(Discover.name, Discover.access, positional: false, Discover.schema)
        let bytes = document.value.jsonBytes
        table.add(Discover.self) { _, _ in .answer(Discover.Result(document: bytes)) }
    }

    private func addSystem(to table: inout MethodTable) {
        table.add(CancelCall.self) { _, _ in .cancel }
        table.add(GetServerInfo.self) { [identity, limits] _, _ in
            .answer(
                GetServerInfo.Result(
                    version: identity.version,
                    instanceID: identity.instanceID,
                    startedAt: identity.startedAt,
                    limits: limits.reported,
                    features: identity.features
                )
            )
        }
        table.add(WhoAmI.self) { _, scope in
            .answer(
                WhoAmI.Result(
                    userID: scope.peer.userID,
                    groupID: scope.peer.groupID,
                    groups: scope.peer.groups,
                    isAdmin: scope.role == .admin
                )
            )
        }
    }
}

/// Which daemon answers.
package struct ServerIdentity: Sendable {
    package var version: String
    /// Different at every start.
    package var instanceID: String
    package var startedAt: Timestamp
    package var features: [String]

    package init(version: String, instanceID: String, startedAt: Timestamp, features: [String]) {
        self.version = version
        self.instanceID = instanceID
        self.startedAt = startedAt
        self.features = features
    }
}
