package import Consent
package import JSON

/// Lets failed deliveries be tried again, and parked ones at once; by its id also one that is retrying.
package struct RetryDelivery: RPCMethod {
    package static let name = "retryDelivery"
    package static let access = Access.admin
    package static let positionalParameters = ["delivery_id", "configuration_id", "state"]

    package var target: Target

    /// What is tried again.
    ///
    /// An id that nothing can have is as unknown as one that nothing has.
    package enum Target: Equatable, Sendable {
        case delivery(DeliveryID?)
        case all(of: ConfigurationID?, in: DeliveryState)
    }

    /// How many deliveries that was.
    package struct Result: JSONEncodable, Sendable {
        package var retried: Int

        package init(retried: Int) {
            self.retried = retried
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("retried", retried)
            writer.endObject()
        }
    }

    package static func decode(_ params: ParamsReader) -> RetryDelivery? {
        let deliveryID = params.string("delivery_id")
        let configurationID = params.string("configuration_id")
        let state = params.choice("state", DeliveryState.self)
        if let state, state != .parked, state != .failed { params.fault("state", "must be one of parked, failed") }
        if let deliveryID, configurationID == nil, state == nil {
            return RetryDelivery(target: .delivery(DeliveryID(deliveryID)))
        }
        guard deliveryID == nil, let configurationID, let state else {
            if params.violations.isEmpty {
                params.fault("delivery_id", "give either delivery_id, or configuration_id and state")
            }
            return nil
        }
        return RetryDelivery(target: .all(of: ConfigurationID(configurationID), in: state))
    }
}
