package import JSON

extension ErrorObject {
    /// The answer to a stream that cannot be read on, after which the connection ends.
    package init(_ error: JSONScanError) {
        switch error {
        case .syntax(let offset):
            self = .parseError(offset: offset)
        case .messageTooLarge(let limit):
            self = .messageTooLarge(limit: limit)
        case .nestingTooDeep(let limit):
            self = .nestingTooDeep(limit: limit)
        }
    }

    /// The error for bytes that are no JSON.
    package static func parseError(offset: Int) -> ErrorObject {
        ErrorObject(
            .invalidArgument,
            reason: "PARSE_ERROR",
            message: "not valid JSON at byte \(offset)",
            code: parseErrorCode,
            offset: offset
        )
    }

    /// The error for a message over the limit of bytes.
    package static func messageTooLarge(limit: Int) -> ErrorObject {
        tooMuch("MESSAGE_TOO_LARGE", "message larger than \(limit) bytes")
    }

    /// The error for a message with too many containers around one another.
    package static func nestingTooDeep(limit: Int) -> ErrorObject {
        tooMuch("NESTING_TOO_DEEP", "message nested deeper than \(limit) levels")
    }

    /// The error for a batch over the limit of items.
    package static func batchTooLarge(limit: Int) -> ErrorObject {
        tooMuch("BATCH_TOO_LARGE", "batch of more than \(limit) items")
    }

    /// The error for JSON that is no request.
    package static func invalidRequest(_ reason: InvalidRequest.Reason) -> ErrorObject {
        if reason == .batchTooLarge { return .batchTooLarge(limit: Message.itemCountMax) }
        return ErrorObject(
            .invalidArgument,
            reason: reason.rawValue,
            message: reason.message,
            code: invalidRequestCode
        )
    }

    /// The error for wrong parameters, with every fault found.
    package static func invalidArgument(
        _ violations: [FieldViolation],
        reason: String = "INVALID_PARAMS"
    ) -> ErrorObject {
        let message =
            switch violations.count {
            case 0: "invalid params"
            case 1 where violations[0].path.isEmpty: "invalid params: \(violations[0].message)"
            case 1: "invalid params: \(violations[0].path): \(violations[0].message)"
            default: "invalid params: \(violations.count) faults, see field_violations"
            }
        return ErrorObject(.invalidArgument, reason: reason, message: message, fieldViolations: violations)
    }

    /// The error for an array of parameters where they are not all scalars.
    package static let notAnObject = invalidArgument([
        FieldViolation(path: "", message: "must be an object for this method")
    ])

    /// The error for a method that does not exist.
    package static func methodNotFound(_ method: String) -> ErrorObject {
        ErrorObject(.unimplemented, reason: "METHOD_NOT_FOUND", message: "no method \(method)")
    }

    /// The error for a fault of ours; the log tells more under this id.
    package static func internalError(logID: String) -> ErrorObject {
        ErrorObject(
            .internal,
            reason: "INTERNAL",
            message: "internal error, see the log",
            metadata: ["log_id": logID]
        )
    }

    /// An error of a method.
    package static func status(
        _ status: RPCStatus,
        reason: String,
        message: String,
        retryAfterMilliseconds: Int? = nil,
        metadata: [String: String] = [:]
    ) -> ErrorObject {
        ErrorObject(
            status,
            reason: reason,
            message: message,
            retryAfterMilliseconds: retryAfterMilliseconds,
            metadata: metadata
        )
    }

    private static func tooMuch(_ reason: String, _ message: String) -> ErrorObject {
        ErrorObject(
            .resourceExhausted,
            reason: reason,
            message: message,
            code: invalidRequestCode,
            // Every answer of this status has it; the same bytes would only be refused again.
            retryAfterMilliseconds: 1_000
        )
    }
}
