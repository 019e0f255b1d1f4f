import JSON
import NIOCore

/// A call that was accepted and is not answered yet.
struct OpenCall {
    var target: ReplyTarget
    let meter: RequestMeter
    let readAt: NIODeadline
    /// Whether it is one of the few calls that a connection may have waiting for a while.
    var isSlow: Bool
    /// What the request counts for while the connection's requests wait for the store, in bytes.
    var heldBytes = 0
    /// When the caller no longer waits; nil for a slow call, whose end is scheduled by itself.
    var deadline: NIODeadline?
    /// The caller's trace context, for the log.
    var traceparent: String?
    /// What a wait is answered at the end of its time where the store cannot be asked.
    var plainResult: (any JSONEncodable & Sendable)?
}
