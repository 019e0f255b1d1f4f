package import Consent
import Journal

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
    /// It was answered from memory once, but is too old now.
    case forgotten
    /// The key was used with other content.
    case keyReused(key: String)
    /// The person was erased after the event was made.
    case erased
    /// The delivery's state does not allow it.
    case deliveryState(DeliveryState)
    /// Newer events stand for everything that the failed delivery would write.
    case deliveryOvertaken
    /// A withdrawal was not written since this delivery was to be.
    case deliveryStandsForWithdrawal
    /// So many deliveries are undelivered that no more are taken.
    case queueFull(limit: Int)
    case journalFull(reason: String)
    /// One record would hold more bytes than can be written at once, now and ever.
    case recordTooLarge(limit: Int)
    /// The journal cannot be written any more; the process is about to end.
    case journalFailed
    case pageTokenUnknown
    /// The sequence number is beyond the newest record.
    case sequenceBeyondNewest(newest: Consent.SequenceNumber)
    case shuttingDown
}

extension StoreError {
    /// Why the journal did not take a record, with nothing appended.
    init(refusedBy error: JournalError) {
        switch error {
        case .recordTooLarge(_, let limit): self = .recordTooLarge(limit: limit)
        default: self = .journalFull(reason: "\(error)")
        }
    }
}
