package import Consent
package import JSON
package import JSONRPC

/// Streams where deliveries stand and then every change, as notifications, until its own answer ends the stream.
package struct WatchDeliveries: RPCMethod {
    package static let name = "watchDeliveries"
    package static let access = Access.any
    package static let positionalParameters = [
        "delivery_id", "event_id", "configuration_id", "after_seq", "until_terminal", "heartbeat_ms",
    ]
    /// The notification that bears what is seen.
    package static let notification = "watch.event"
    package static let heartbeatMilliseconds = 10...3_600_000

    /// Nil inside where nothing can have such an id.
    package var deliveryID: DeliveryID??
    package var eventID: String?
    package var configurationID: ConfigurationID??
    /// Only what is newer than this record.
    package var after: SequenceNumber?
    /// End once everything in view is terminal.
    package var untilTerminal: Bool
    package var heartbeat: Duration?

    /// Without an id of its own to show, a watch sees everybody's deliveries.
    package static func isAdminOnly(_ params: JSONObject) -> Bool {
        (params["delivery_id"]?.isNull ?? true) && (params["event_id"]?.isNull ?? true)
    }

    package static func decode(_ params: ParamsReader) -> WatchDeliveries? {
        let delivery = params.string("delivery_id")
        let configuration = params.string("configuration_id")
        return WatchDeliveries(
            deliveryID: delivery.map { DeliveryID($0) },
            eventID: params.string("event_id"),
            configurationID: configuration.map { ConfigurationID($0) },
            after: params.int("after_seq", in: 0...Int.max).map { SequenceNumber(UInt64($0)) },
            untilTerminal: params.bool("until_terminal") ?? false,
            heartbeat: params.int("heartbeat_ms", in: heartbeatMilliseconds).map { .milliseconds($0) }
        )
    }

    /// How the stream ended.
    package struct Result: JSONEncodable, Sendable {
        package var last: SequenceNumber
        package var reason: String

        package init(last: SequenceNumber, reason: String) {
            self.last = last
            self.reason = reason
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("last_seq", last.rawValue)
            writer.member("reason", reason)
            writer.endObject()
        }
    }

    /// One notification of the stream.
    package struct Event: JSONEncodable, Sendable {
        package var call: RequestID
        package var sequenceNumber: SequenceNumber
        package var type: Kind
        /// Nil in a heartbeat.
        package var delivery: Delivery?

        package init(call: RequestID, sequenceNumber: SequenceNumber, type: Kind, delivery: Delivery? = nil) {
            self.call = call
            self.sequenceNumber = sequenceNumber
            self.type = type
            self.delivery = delivery
        }

        /// What a notification tells.
        package enum Kind: String, CaseIterable, Sendable {
            case snapshot
            case changed
            case heartbeat
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("id", call)
            writer.member("seq", sequenceNumber.rawValue)
            writer.member("type", type.rawValue)
            writer.member("delivery", ifPresent: delivery)
            writer.endObject()
        }
    }
}
