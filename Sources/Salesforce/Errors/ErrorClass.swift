package import Delivery

/// What an error code stands for, before its message and the place it came from are looked at.
package enum ErrorClass: Hashable, Sendable {
    /// Passes by itself within minutes.
    case transient
    /// The whole org waits.
    case orgPause
    /// The token is used up: log in again once, then it needs an administrator.
    case session
    /// Needs an administrator.
    case configuration
    /// This record is refused for good.
    case record
    /// The record is gone: look it up again once.
    case repairable
    /// A converted Lead.
    case convertedLead
    /// A trigger or flow of the org failed; the nested message says whether that passes.
    case ambiguous
    /// The request as a whole cannot be read; one record may be the reason.
    case batch

    /// The same as a failure's kind, once there is nothing left to log in for.
    package var kind: Failure.Kind {
        switch self {
        case .transient: .transient
        case .orgPause: .orgPause
        case .session, .configuration: .configuration
        case .record: .record
        case .repairable: .repairable
        case .convertedLead: .convertedLead
        case .ambiguous: .ambiguous
        case .batch: .batch
        }
    }

    /// Which of several errors of one record decides: the one that a mere repetition helps least.
    var finality: Int {
        switch self {
        case .convertedLead: 8
        case .repairable: 7
        case .configuration, .session: 6
        case .record, .batch: 5
        case .ambiguous: 3
        case .orgPause: 2
        case .transient: 1
        }
    }
}

/// Which part of an answer an error was found in.
package enum ErrorScope: Hashable, Sendable {
    /// The answer to a login.
    case login
    /// A whole data call.
    case call
    /// One record, or one query among several, of a call that otherwise went through.
    case item
}
