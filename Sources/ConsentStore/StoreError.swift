package import Consent

/// Why the store refuses something; the service turns each into one answer.
package enum StoreError: Error, Equatable {
    /// There is no configuration at all, so an event would be for nobody.
    case noConfiguration
    case configurationNotFound
    case configurationNameTaken(name: String)
    /// The configuration has undelivered events and `force` was not given.
    case configurationHasUndelivered(count: Int)
    case revisionMismatch(current: UInt64)
    case eventNotFound
    case deliveryNotFound
    /// The key was used with other content.
    case keyReused(key: String)
    /// The delivery's state does not allow it.
    case deliveryState(DeliveryState)
    /// So many deliveries are undelivered that no more are taken.
    case queueFull(limit: Int)
    case journalFull(reason: String)
    /// The journal cannot be written any more; the process is about to end.
    case journalFailed
    case pageTokenUnknown
    /// The sequence number is beyond the newest record.
    case sequenceBeyondNewest(newest: SequenceNumber)
    case shuttingDown
}
