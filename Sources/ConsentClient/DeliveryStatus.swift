package import JSON

/// Where one event's delivery to one configuration stands.
public struct DeliveryStatus: Equatable, Sendable {
    /// The delivery's id.
    public var deliveryID: String
    /// The event's id.
    public var eventID: String
    /// The configuration's id.
    public var configurationID: String
    /// The state's name, such as `pending` or `delivered`.
    public var state: String
    /// A stable word for the reason of the state; nil where there is none.
    public var reason: String?
    /// The Salesforce records that were written.
    public var recordIDs: [String]
    /// All that the daemon said, as compact JSON.
    public var json: String { value.description }
    /// All that the daemon said.
    package var value: JSONValue

    /// Reads a delivery of the protocol.
    package init(_ value: JSONValue) throws(ClientError) {
        guard let deliveryID = value["delivery_id"]?.stringValue,
            let configurationID = value["configuration_id"]?.stringValue,
            let state = value["state"]?.stringValue
        else { throw .protocolViolation("a delivery has no delivery_id, configuration_id or state") }
        self.deliveryID = deliveryID
        self.configurationID = configurationID
        self.state = state
        self.value = value
        eventID = value["event_id"]?.stringValue ?? ""
        reason = value["reason"]?.stringValue
        recordIDs = (value["record_ids"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    /// Whether nothing will change the delivery any more by itself.
    public var isTerminal: Bool {
        Self.terminalStates.contains(state)
    }

    private static let terminalStates: Set<String> = ["delivered", "skipped", "superseded", "failed", "cancelled"]

    static func list(in result: JSONValue) throws(ClientError) -> [DeliveryStatus] {
        var deliveries: [DeliveryStatus] = []
        for delivery in result["deliveries"]?.arrayValue ?? [] { deliveries.append(try DeliveryStatus(delivery)) }
        return deliveries
    }
}
