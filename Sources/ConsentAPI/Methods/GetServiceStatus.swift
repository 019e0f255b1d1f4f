package import Consent
package import JSON

/// Tells how the daemon, its deliveries, its orgs and its journal stand.
package struct GetServiceStatus: RPCMethod {
    package static let name = "serviceStatus"
    package static let access = Access.admin

    package static func decode(_ params: ParamsReader) -> GetServiceStatus? {
        GetServiceStatus()
    }

    /// The daemon's state of affairs.
    package struct Result: JSONEncodable, Sendable {
        package var isServing: Bool
        package var connections: Int
        package var deliveries: [DeliveryState: Int]
        package var oldestUndeliveredMilliseconds: Int?
        package var configurations: [ConfigurationReport]
        package var journal: JournalReport
        package var erasuresPending: Int

        package init(
            isServing: Bool,
            connections: Int,
            deliveries: [DeliveryState: Int],
            oldestUndeliveredMilliseconds: Int?,
            configurations: [ConfigurationReport],
            journal: JournalReport,
            erasuresPending: Int
        ) {
            self.isServing = isServing
            self.connections = connections
            self.deliveries = deliveries
            self.oldestUndeliveredMilliseconds = oldestUndeliveredMilliseconds
            self.configurations = configurations
            self.journal = journal
            self.erasuresPending = erasuresPending
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("state", isServing ? "SERVING" : "NOT_SERVING")
            writer.member("connections", connections)
            writer.key("deliveries")
            writer.beginObject()
            for state in DeliveryState.allCases { writer.member(named: state.rawValue, deliveries[state, default: 0]) }
            writer.endObject()
            writer.member("oldest_undelivered_ms", oldestUndeliveredMilliseconds ?? 0)
            writer.member("configurations", configurations)
            writer.member("journal", journal)
            writer.member("erasures_pending", erasuresPending)
            writer.endObject()
        }
    }

    /// How one configuration stands.
    package struct ConfigurationReport: JSONEncodable, Sendable {
        package var status: ConfigurationStatus
        /// `closed`, `open` or `half_open`.
        package var breaker: String
        package var apiUsage: (used: Int, limit: Int)?
        /// What last went wrong; it names no person.
        package var lastError: String?

        package init(
            status: ConfigurationStatus,
            breaker: String,
            apiUsage: (used: Int, limit: Int)?,
            lastError: String?
        ) {
            self.status = status
            self.breaker = breaker
            self.apiUsage = apiUsage
            self.lastError = lastError
        }

        package func write(to writer: inout JSONWriter) {
            let state = ConfigurationView(status).state
            writer.beginObject()
            writer.member("configuration_id", status.configuration.id.description)
            writer.member("name", status.configuration.name)
            writer.member("state", state.name)
            writer.member("state_reason", ifPresent: state.reason)
            writer.member("breaker", breaker)
            if let apiUsage {
                writer.key("api_usage")
                writer.beginObject()
                writer.member("used", apiUsage.used)
                writer.member("limit", apiUsage.limit)
                writer.endObject()
            }
            writer.member("last_error", ifPresent: lastError)
            writer.endObject()
        }
    }

    /// How the journal stands.
    package struct JournalReport: JSONEncodable, Sendable {
        package var state: String
        package var byteCount: Int
        package var segmentCount: Int
        package var lastSyncMicroseconds: Int

        package init(state: String, byteCount: Int, segmentCount: Int, lastSyncMicroseconds: Int) {
            self.state = state
            self.byteCount = byteCount
            self.segmentCount = segmentCount
            self.lastSyncMicroseconds = lastSyncMicroseconds
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("state", state)
            writer.member("bytes", byteCount)
            writer.member("segments", segmentCount)
            writer.member("last_sync_us", lastSyncMicroseconds)
            writer.endObject()
        }
    }
}
