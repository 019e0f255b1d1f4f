import JSONRPC

extension ErrorObject {
    static let deadlineExceeded = ErrorObject.status(
        .deadlineExceeded,
        reason: "DEADLINE_EXCEEDED",
        message: "the time is over; what was asked for may still be done"
    )

    static let cancelled = ErrorObject.status(
        .cancelled,
        reason: "CANCELLED",
        message: "the caller cancelled the call"
    )

    static let watchInBatch = ErrorObject.status(
        .failedPrecondition,
        reason: "WATCH_IN_BATCH",
        message: "a watch streams and has no place in a batch; send it on its own"
    )

    static func batchAnswerTooLarge(_ limit: Int) -> ErrorObject {
        .status(
            .resourceExhausted,
            reason: "BATCH_ANSWER_TOO_LARGE",
            message: "the call succeeded, but the batch's results exceed \(limit) bytes; ask for this one by itself",
            retryAfterMilliseconds: 1
        )
    }

    static func tooManyCalls(_ limit: Int) -> ErrorObject {
        .status(
            .resourceExhausted,
            reason: "TOO_MANY_CALLS",
            message: "\(limit) calls of this connection are waiting already",
            retryAfterMilliseconds: 1_000
        )
    }
}
