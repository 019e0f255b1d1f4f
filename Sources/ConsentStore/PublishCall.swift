package import Consent

/// An event to be taken in, and who wants to know.
package struct PublishCall: Sendable {
    package var event: ConsentEvent
    package var digest: ContentDigest
    /// Stands for the event where it has no id.
    package var idempotencyKey: String?
    /// Nil means every configuration.
    package var configurations: [ConfigurationID]?
    /// Whether the answer waits until every delivery of the event has ended.
    package var waitsForDelivery: Bool
    package var receiver: any PublishReceiver
    /// The receiver's own number for the call.
    package var token: UInt64
    /// The receiver's own word for the call.
    package var correlation: String
    /// How large the request was.
    package var byteCount: Int

    package init(
        event: ConsentEvent,
        digest: ContentDigest,
        idempotencyKey: String? = nil,
        configurations: [ConfigurationID]? = nil,
        waitsForDelivery: Bool = false,
        receiver: any PublishReceiver,
        token: UInt64 = 0,
        correlation: String = "",
        byteCount: Int = 0
    ) {
        self.event = event
        self.digest = digest
        self.idempotencyKey = idempotencyKey
        self.configurations = configurations
        self.waitsForDelivery = waitsForDelivery
        self.receiver = receiver
        self.token = token
        self.correlation = correlation
        self.byteCount = byteCount
    }
}

/// Takes the results of publishes, on the store's thread.
package protocol PublishReceiver: AnyObject, Sendable {
    /// The event is durable, or was refused; called once for each call.
    func published(_ call: PublishCall, _ result: Result<PublishResult, StoreError>)

    /// Everything that became durable together has been handed over.
    func publishesCompleted()
}

/// An accepted event.
package struct PublishResult: Sendable {
    package var eventID: String
    /// The event's own record: unique, and the same when the event is published again.
    package var sequenceNumber: SequenceNumber
    /// Whether the event was known already.
    package var isReplayed: Bool
    /// Empty when the event was forgotten after all its deliveries had ended.
    package var deliveries: [Delivery]
}
