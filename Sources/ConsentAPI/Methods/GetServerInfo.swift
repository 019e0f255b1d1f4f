package import Consent
package import JSON

/// Tells version, instance, limits and methods.
package struct GetServerInfo: RPCMethod {
    package static let name = "rpc.serverInfo"
    package static let access = Access.any

    package static func decode(_ params: ParamsReader) -> GetServerInfo? {
        GetServerInfo()
    }

    /// What the daemon says of itself.
    package struct Result: JSONEncodable, Sendable {
        package var version: String
        package var instanceID: String
        package var startedAt: Timestamp
        package var limits: [(name: String, value: Int)]
        package var features: [String]

        package init(
            version: String,
            instanceID: String,
            startedAt: Timestamp,
            limits: [(name: String, value: Int)],
            features: [String]
        ) {
            self.version = version
            self.instanceID = instanceID
            self.startedAt = startedAt
            self.limits = limits
            self.features = features
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("name", "consentd")
            writer.member("version", version)
            writer.member("instance_id", instanceID)
            writer.member("started_at", startedAt.rfc3339)
            writer.key("limits")
            writer.beginObject()
            for limit in limits { writer.member(named: limit.name, limit.value) }
            writer.endObject()
            writer.member("features", features)
            writer.endObject()
        }
    }
}
