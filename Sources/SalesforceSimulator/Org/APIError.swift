import JSON

/// An error as the REST API words it.
struct APIError: Error, Equatable, Sendable {
    var httpStatus: Int
    var code: String
    var message: String
    /// Field names; nil leaves the member out, as most answers do.
    var fields: [String]?

    init(_ httpStatus: Int, _ code: String, _ message: String, fields: [String]? = nil) {
        self.httpStatus = httpStatus
        self.code = code
        self.message = message
        self.fields = fields
    }

    static func malformedQuery(_ message: String) -> APIError {
        APIError(400, "MALFORMED_QUERY", message)
    }

    static func invalidField(_ message: String) -> APIError {
        APIError(400, "INVALID_FIELD", message)
    }

    static func jsonParser(_ message: String) -> APIError {
        APIError(400, "JSON_PARSER_ERROR", message)
    }

    static var notFound: APIError {
        APIError(404, "NOT_FOUND", "The requested resource does not exist")
    }

    static var sessionExpired: APIError {
        APIError(401, "INVALID_SESSION_ID", "Session expired or invalid")
    }

    static var entityIsDeleted: APIError {
        APIError(404, "ENTITY_IS_DELETED", "entity is deleted", fields: [])
    }

    /// The error as a member of a top-level error list.
    var listItem: JSONValue {
        var members: [(String, JSONValue)] = [("message", .string(message)), ("errorCode", .string(code))]
        if let fields {
            members.append(("fields", .array(fields.map { .string($0) })))
        }
        return .record(members)
    }

    /// The error as a failed item of a collections answer.
    var failedItem: JSONValue {
        let error = JSONValue.record([
            ("statusCode", .string(code)),
            ("message", .string(message)),
            ("fields", .array((fields ?? []).map { .string($0) })),
        ])
        return .record([("success", .bool(false)), ("errors", .array([error]))])
    }
}
