package import JSON

/// Writes responses, each one compact text; the line ends with `JSONWriter.newline()`.
package enum Response {
    /// Writes `{"jsonrpc":"2.0","id":…,"result":…}`.
    package static func writeResult(id: RequestID, _ result: some JSONEncodable, to writer: inout JSONWriter) {
        beginResult(id: id, in: &writer)
        result.write(to: &writer)
        endResult(in: &writer)
    }

    /// Writes a response up to its result, which the caller writes as one value before `endResult(in:)`.
    package static func beginResult(id: RequestID, in writer: inout JSONWriter) {
        begin(id: id, in: &writer)
        writer.key("result")
    }

    /// Ends what `beginResult(id:in:)` began.
    package static func endResult(in writer: inout JSONWriter) {
        writer.endObject()
    }

    /// Writes `{"jsonrpc":"2.0","id":…,"error":…}`.
    package static func writeError(id: RequestID, _ error: ErrorObject, to writer: inout JSONWriter) {
        begin(id: id, in: &writer)
        writer.member("error", error)
        writer.endObject()
    }

    /// Writes `{"jsonrpc":"2.0","method":…,"params":…}`, which the server sends on its own.
    package static func writeNotification(
        method: String,
        params: some JSONEncodable,
        to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("method", method)
        writer.member("params", params)
        writer.endObject()
    }

    private static func begin(id: RequestID, in writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("jsonrpc", "2.0")
        writer.member("id", id)
    }
}
