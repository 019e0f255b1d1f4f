import JSON
import JSONRPC

/// What a caller says about a call itself, in `params._meta`.
package struct CallMetadata: Sendable {
    /// How long the caller waits; nil where it said nothing.
    package var timeout: Duration?
    package var idempotencyKey: String?
    /// W3C trace context, for logs.
    package var traceparent: String?

    /// What holds where the caller says nothing.
    package init() {}

    package static let timeoutMillisecondsDefault = 30_000
    package static let timeoutDefault = Duration.milliseconds(timeoutMillisecondsDefault)
    package static let timeoutMillisecondsMax = 300_000
    package static let idempotencyKeyBytesMax = 128

    /// Reads `_meta` and notes its faults in the reader of the parameters.
    package static func decode(_ params: ParamsReader) -> CallMetadata {
        var metadata = CallMetadata()
        guard let meta = params.object("_meta") else { return metadata }
        metadata.timeout = meta.int("timeout_ms", in: 1...timeoutMillisecondsMax).map { .milliseconds($0) }
        metadata.idempotencyKey = meta.string("idempotency_key", bytesMax: idempotencyKeyBytesMax)
        metadata.traceparent = meta.string("traceparent", bytesMax: 256)
        meta.finish()
        return metadata
    }
}
