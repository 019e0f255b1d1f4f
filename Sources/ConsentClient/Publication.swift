package import JSON

/// What the daemon says about an event once it is on disk.
public struct Publication: Equatable, Sendable {
    /// The event's id, made by the daemon where the event had none.
    public var eventID: String
    /// The event's number in the journal, the same when it is published again.
    public var sequenceNumber: UInt64
    /// Whether the same event had been published before.
    public var isReplayed: Bool
    /// One delivery for each configuration.
    public var deliveries: [DeliveryStatus]

    /// Reads a result of `publishConsent`.
    package init(_ result: JSONValue) throws(ClientError) {
        guard let eventID = result["event_id"]?.stringValue,
            let number = result["seq"]?.intValue.flatMap(UInt64.init(exactly:))
        else { throw .protocolViolation("a publication has no event_id or seq") }
        self.eventID = eventID
        sequenceNumber = number
        isReplayed = result["replayed"]?.boolValue ?? false
        deliveries = try DeliveryStatus.list(in: result)
    }
}
