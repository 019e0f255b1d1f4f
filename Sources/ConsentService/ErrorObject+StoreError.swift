import Consent
import ConsentStore
import JSONRPC

extension ErrorObject {
    /// How a refusal of the store is answered: the one place where that is decided.
    init(_ error: StoreError) {
        switch error {
        case .noConfiguration:
            self = .status(
                .failedPrecondition,
                reason: "NO_CONFIGURATION",
                message: "there is no configuration to deliver to; create one first"
            )
        case .configurationNotFound:
            self = .status(.notFound, reason: "CONFIGURATION_NOT_FOUND", message: "no such configuration")
        case .configurationNameTaken(let name):
            self = .status(
                .alreadyExists,
                reason: "NAME_TAKEN",
                message: "a configuration named \(name) exists; choose another name or update that one"
            )
        case .configurationHasUndelivered(let count):
            self = .status(
                .failedPrecondition,
                reason: "UNDELIVERED",
                message: "\(count) deliveries are still undelivered; wait, or delete with force to cancel them"
            )
        case .revisionMismatch(let current):
            self = .status(
                .aborted,
                reason: "REVISION_MISMATCH",
                message: "the configuration was changed meanwhile; read it again",
                metadata: ["revision": String(current)]
            )
        case .eventNotFound: self = .status(.notFound, reason: "EVENT_NOT_FOUND", message: "no such event")
        case .deliveryNotFound: self = .status(.notFound, reason: "DELIVERY_NOT_FOUND", message: "no such delivery")
        case .forgotten:
            self = .status(
                .outOfRange,
                reason: "FORGOTTEN",
                message: "it ended so long ago that it is not kept any more"
            )
        case .keyReused:
            self = .status(
                .alreadyExists,
                reason: "KEY_REUSED",
                message: "the same id or idempotency key was used with other content"
            )
        case .erased:
            self = .status(
                .failedPrecondition,
                reason: "ERASED",
                message: "the person was erased after the event was made; only newer events are taken"
            )
        case .deliveryState(let state):
            self = .status(
                .failedPrecondition,
                reason: "DELIVERY_STATE",
                message: "the delivery is \(state.rawValue), which does not allow that"
            )
        case .deliveryOvertaken:
            self = .status(
                .failedPrecondition,
                reason: "OVERTAKEN",
                message: "newer events stand for all that the delivery would write; see the person's newest delivery"
            )
        case .deliveryStandsForWithdrawal:
            self = .status(
                .failedPrecondition,
                reason: "STANDS_FOR_WITHDRAWAL",
                message: """
                    an older denial of the person was not written since this is to be, and would be lost with it; \
                    publish the choice that is meant
                    """
            )
        case .pageTokenUnknown:
            self = .invalidArgument([FieldViolation(path: "page_token", message: "was never issued")])
        case .sequenceBeyondNewest(let newest):
            self = .status(
                .outOfRange,
                reason: "AFTER_NEWEST",
                message: "after_seq is beyond the newest record, \(newest.rawValue)"
            )
        case .queueFull(let limit): self = .queueFull(limit)
        case .journalFull(let reason): self = .journalFull(reason)
        case .recordTooLarge(let limit):
            self = .status(
                .invalidArgument,
                reason: "TOO_LARGE",
                message: "what is to be written down must fit into \(limit) bytes"
            )
        case .journalFailed:
            self = .status(
                .unavailable,
                reason: "JOURNAL_FAILED",
                message: "the journal cannot be written; the daemon ends, try again once it is back",
                retryAfterMilliseconds: 2_000
            )
        case .shuttingDown:
            self = .status(
                .unavailable,
                reason: "SHUTTING_DOWN",
                message: "the daemon is stopping; connect again",
                retryAfterMilliseconds: 1_000
            )
        }
    }

    private static func queueFull(_ limit: Int) -> ErrorObject {
        .status(
            .resourceExhausted,
            reason: "QUEUE_FULL",
            message: "\(limit) deliveries are undelivered; no more are taken until some are",
            retryAfterMilliseconds: 5_000
        )
    }

    private static func journalFull(_ reason: String) -> ErrorObject {
        .status(
            .resourceExhausted,
            reason: "JOURNAL_FULL",
            message: "nothing can be written down: \(reason)",
            retryAfterMilliseconds: 10_000
        )
    }
}
