package import JSON

/// Gives all measurements as OpenMetrics text, for a scraper beside the daemon.
package struct ReadMetrics: RPCMethod {
    package static let name = "metrics.read"
    package static let access = Access.admin

    package static func decode(_ params: ParamsReader) -> ReadMetrics? {
        ReadMetrics()
    }

    /// The text, and what an HTTP header would call it.
    package struct Result: JSONEncodable, Sendable {
        package static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

        package var text: String

        package init(text: String) {
            self.text = text
        }

        package func write(to writer: inout JSONWriter) {
            writer.beginObject()
            writer.member("content_type", Self.contentType)
            writer.member("text", text)
            writer.endObject()
        }
    }
}
