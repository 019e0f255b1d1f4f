package import Consent
import JSON

/// Ends an undelivered delivery without a write.
package struct CancelDelivery: RPCMethod {
    package static let name = "cancelDelivery"
    package static let access = Access.admin
    package static let positionalParameters = ["delivery_id"]

    /// Nil for an id that nothing can have.
    package var deliveryID: DeliveryID?

    package typealias Result = Delivery

    package static func decode(_ params: ParamsReader) -> CancelDelivery? {
        params.requiredString("delivery_id").map { CancelDelivery(deliveryID: DeliveryID($0)) }
    }
}
