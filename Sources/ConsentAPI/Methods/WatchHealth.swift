package import JSON
package import JSONRPC

/// Streams the health of the daemon, or of one configuration by its name: the present one, then every change.
package struct WatchHealth: RPCMethod {
    package static let name = "health.watch"
    package static let access = Access.any
    package static let positionalParameters = ["service"]
    /// The notification that bears the health.
    package static let notification = "health.event"

    /// Empty for the daemon as a whole.
    package var service: String

    package static func decode(_ params: ParamsReader) -> WatchHealth? {
        WatchHealth(service: params.string("service", allowsEmpty: true) ?? "")
    }

    /// How the stream ended.
    package struct Result: JSONEncodable, Sendable {
        package var reason: String

        package init(reason: String) {
            self.reason = reason
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("reason", reason)
            writer.endObject()
        }
    }

    /// One notification of the stream.
    package struct Event: JSONEncodable, Sendable {
        package var call: RequestID
        /// `SERVING`, `NOT_SERVING` or, for a name that nothing has now, `SERVICE_UNKNOWN`.
        package var status: String

        package init(call: RequestID, status: String) {
            self.call = call
            self.status = status
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("id", call)
            writer.member("status", status)
            writer.endObject()
        }
    }
}
