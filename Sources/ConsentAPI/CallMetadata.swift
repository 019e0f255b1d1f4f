import JSON
import JSONRPC

/// What a caller says about a call itself, in `params._meta`.
package struct CallMetadata: Sendable {
    /// How long the caller waits; nil where it said nothing.
    package var timeout: Duration?
    package var idempotencyKey: String?
    /// W3C trace context, for logs; nil where it is none, which starts no trace and is no fault.
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
        metadata.traceparent = meta.string("traceparent", bytesMax: 256).flatMap { isTraceparent($0) ? $0 : nil }
        meta.finish()
        return metadata
    }

    /// Whether a text is `version-trace-parent-flags`, each in lower-case hexadecimal digits and no number 0.
    private static func isTraceparent(_ text: String) -> Bool {
        let digits = Set("0123456789abcdef".utf8)
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return parts.map(\.count) == [2, 32, 16, 2] && parts.joined().allSatisfy(digits.contains)
            && !text.hasPrefix("ff")
            && parts[1...2].allSatisfy { part in part.contains { $0 != UInt8(ascii: "0") } }
    }
}
