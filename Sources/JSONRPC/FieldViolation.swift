package import JSON

/// One fault in the parameters of a call.
package struct FieldViolation: Hashable, Sendable {
    /// The place relative to `params`, such as `mappings[0].id`.
    package var path: String
    /// What is wrong there: a lower-case fragment without values of the caller.
    package var message: String

    /// Creates a violation.
    package init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}

extension FieldViolation: JSONEncodable {
    /// Writes an object.
    package func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("path", path)
        writer.member("message", message)
        writer.endObject()
    }
}
