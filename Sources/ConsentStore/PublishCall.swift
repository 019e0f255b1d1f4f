package import Consent

/// An event to be taken in, and who wants to know.
///
/// A class, since it passes through several hands and none of them changes it.
package final class PublishCall: Sendable {
    package let incoming: IncomingEvent
    /// Whether the answer waits until every delivery of the event has ended.
    package let waitsForDelivery: Bool
    package let receiver: any PublishReceiver
    /// The receiver's own number for the call.
    package let token: UInt64
    /// The receiver's own word for the call.
    package let correlation: String
    /// How large the request was.
    package let byteCount: Int
    /// When the receiver read it, by a clock of its own.
    package let readAt: UInt64

    package init(
        incoming: IncomingEvent,
        waitsForDelivery: Bool = false,
        receiver: any PublishReceiver,
        token: UInt64 = 0,
        correlation: String = "",
        byteCount: Int = 0,
        readAt: UInt64 = 0
    ) {
        self.incoming = incoming
        self.waitsForDelivery = waitsForDelivery
        self.receiver = receiver
        self.token = token
        self.correlation = correlation
        self.byteCount = byteCount
        self.readAt = readAt
    }
}

/// Takes the results of publishes, on the store's thread.
package protocol PublishReceiver: AnyObject, Sendable {
    /// The event of a call that waits for delivery is durable, or was refused; called once for each of these, before
    /// any answer, which comes much later or, where the caller gave up, never.
    func synced(_ call: PublishCall)

    /// The answer; called at most once for each call.
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
