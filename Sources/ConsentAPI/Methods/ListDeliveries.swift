package import Consent
package import JSON

/// Gives deliveries, a page at a time, oldest event first.
package struct ListDeliveries: RPCMethod {
    package static let name = "listDeliveries"
    package static let access = Access.admin
    package static let positionalParameters = ["state", "configuration_id", "page_size", "page_token"]

    package var state: DeliveryState?
    /// Nil for all, nil inside where nothing can have such an id.
    package var configurationID: ConfigurationID??
    package var paging: Paging<DeliveryID>

    package static func decode(_ params: ParamsReader) -> ListDeliveries? {
        let state = params.choice("state", DeliveryState.self)
        let id = params.string("configuration_id")
        return ListDeliveries(
            state: state,
            configurationID: id.map { ConfigurationID($0) },
            paging: .decode(params)
        )
    }

    /// A page of deliveries.
    package struct Result: JSONEncodable, Sendable {
        package var deliveries: [Delivery]
        package var nextPageToken: String?

        package init(deliveries: [Delivery], next: DeliveryID?) {
            self.deliveries = deliveries
            nextPageToken = next.map { PageToken($0).text }
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("deliveries", deliveries)
            writer.member("next_page_token", ifPresent: nextPageToken)
            writer.endObject()
        }
    }
}
