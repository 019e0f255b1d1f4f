package import Consent

/// An event as it came in, before a moment and a number are given to it.
///
/// A class, since it passes through several hands and none of them changes it.
package final class IncomingEvent: Sendable {
    package let event: ConsentEvent
    package let digest: ContentDigest
    /// The key that stands for the event where it has no id of its own.
    package let idempotencyKey: String?
    /// The configurations named by the caller; nil means every one there is.
    package let configurations: [ConfigurationID]?
    let key: EventKey?
    let subject: HashedText

    package init(
        event: consuming ConsentEvent,
        digest: ContentDigest,
        idempotencyKey: String? = nil,
        configurations: [ConfigurationID]? = nil
    ) {
        self.digest = digest
        self.idempotencyKey = idempotencyKey
        self.configurations = configurations
        key = event.id.map { .id($0) } ?? idempotencyKey.map { .idempotencyKey($0) }
        subject = HashedText(event.organizationUserID)
        self.event = consume event
    }
}

extension IncomingEvent: Equatable {
    package static func == (left: IncomingEvent, right: IncomingEvent) -> Bool {
        left.event == right.event && left.digest == right.digest && left.idempotencyKey == right.idempotencyKey
            && left.configurations == right.configurations
    }
}
