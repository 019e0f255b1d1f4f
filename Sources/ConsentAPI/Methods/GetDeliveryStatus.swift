package import Consent
package import JSON

/// Tells what became of a delivery, of an event, or of everything about a person; waits for news with `after_seq`.
package struct GetDeliveryStatus: RPCMethod {
    package static let name = "deliveryStatus"
    package static let access = Access.any
    package static let positionalParameters = [
        "delivery_id", "event_id", "organization_user_id", "configuration_id", "after_seq",
    ]

    package var key: Key
    /// Answer once something is newer than this record.
    package var after: SequenceNumber?

    /// What is asked about.
    ///
    /// An id that nothing can have is as unknown as one that nothing has.
    package enum Key: Equatable, Sendable {
        case delivery(DeliveryID?)
        case event(String)
        case person(String, configuration: ConfigurationID?)
        /// Of a person in a configuration that cannot exist.
        case nobody
    }

    package static func decode(_ params: ParamsReader) -> GetDeliveryStatus? {
        let deliveryID = params.string("delivery_id")
        let eventID = params.string("event_id")
        let person = params.string("organization_user_id", bytesMax: ConsentEvent.organizationUserIDBytesMax)
        let configuration = params.string("configuration_id")
        let after = params.int("after_seq", in: 0...Int.max)
        guard [deliveryID, eventID, person].count(where: { $0 != nil }) == 1 else {
            if params.violations.isEmpty {
                params.fault("delivery_id", "give exactly one of delivery_id, event_id, organization_user_id")
            }
            return nil
        }
        if configuration != nil, person == nil {
            params.fault("configuration_id", "goes with organization_user_id only")
        }
        return GetDeliveryStatus(
            key: key(deliveryID, eventID, person, configuration),
            after: after.map { SequenceNumber(UInt64($0)) }
        )
    }

    private static func key(
        _ deliveryID: String?,
        _ eventID: String?,
        _ person: String?,
        _ configuration: String?
    ) -> Key {
        if let deliveryID { return .delivery(DeliveryID(deliveryID)) }
        if let eventID { return .event(eventID) }
        guard let person else { return .nobody }
        guard let configuration else { return .person(person, configuration: nil) }
        return ConfigurationID(configuration).map { .person(person, configuration: $0) } ?? .nobody
    }

    /// The deliveries, and the newest record there was.
    package struct Result: JSONEncodable, Sendable {
        package var deliveries: [Delivery]
        package var sequenceNumber: SequenceNumber

        package init(deliveries: [Delivery], sequenceNumber: SequenceNumber) {
            self.deliveries = deliveries
            self.sequenceNumber = sequenceNumber
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("deliveries", deliveries)
            writer.member("seq", sequenceNumber.rawValue)
            writer.endObject()
        }
    }
}
