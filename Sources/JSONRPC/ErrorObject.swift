package import JSON

/// The error of a response: `{code, message, data: {status, reason, domain, …}}`.
package struct ErrorObject: Error, Equatable, Sendable {
    /// JSON-RPC's code for a text that is no JSON.
    package static let parseErrorCode = -32700
    /// JSON-RPC's code for JSON that is no request.
    package static let invalidRequestCode = -32600
    /// JSON-RPC's code for an unknown method.
    package static let methodNotFoundCode = -32601
    /// JSON-RPC's code for wrong parameters.
    package static let invalidParamsCode = -32602
    /// JSON-RPC's code for a fault of the server.
    package static let internalErrorCode = -32603

    /// The `domain` of every error.
    package static let domain = "consentd"

    /// Negative where the call never reached its method, gRPC's number otherwise.
    package var code: Int
    /// What went wrong, for people.
    package var message: String
    /// The canonical status.
    package var status: RPCStatus
    /// What went wrong, for programs: a stable UPPER_SNAKE word.
    package var reason: String
    /// Every fault found in the parameters.
    package var fieldViolations: [FieldViolation] = []
    /// How long to wait before the next try.
    package var retryAfterMilliseconds: Int?
    /// The 0-based place in the stream of the first byte that cannot be right.
    package var offset: Int?
    /// Details by name, written in the order of their names.
    package var metadata: [String: String] = [:]

    /// Creates an error with the code of its status or, for a text that is no request, another one.
    package init(
        _ status: RPCStatus,
        reason: String,
        message: String,
        code: Int? = nil,
        fieldViolations: [FieldViolation] = [],
        retryAfterMilliseconds: Int? = nil,
        offset: Int? = nil,
        metadata: [String: String] = [:]
    ) {
        self.code = code ?? status.code
        self.message = message
        self.status = status
        self.reason = reason
        self.fieldViolations = fieldViolations
        self.retryAfterMilliseconds = retryAfterMilliseconds
        self.offset = offset
        self.metadata = metadata
    }
}

extension ErrorObject: JSONEncodable {
    /// Writes the error object; members without a value are left out.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("code", code)
        writer.member("message", message)
        writer.key("data")
        writer.beginObject()
        writer.member("status", status.name)
        writer.member("reason", reason)
        writer.member("domain", Self.domain)
        if !fieldViolations.isEmpty { writer.member("field_violations", fieldViolations) }
        writer.member("retry_after_ms", ifPresent: retryAfterMilliseconds)
        writer.member("offset", ifPresent: offset)
        if !metadata.isEmpty {
            writer.key("metadata")
            writer.beginObject()
            for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
                writer.member(named: name, value)
            }
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
    }
}
