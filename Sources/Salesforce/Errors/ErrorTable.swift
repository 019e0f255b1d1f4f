/// What each of Salesforce's error codes means for a delivery: one row per code.
///
/// The code decides, then the message, then the HTTP status; codes that are not here are no surprise.
package enum ErrorTable {
    /// One line of the table.
    package struct Row: Hashable, Sendable {
        package var code: String
        package var errorClass: ErrorClass

        fileprivate init(_ code: String, _ errorClass: ErrorClass) {
            self.code = code
            self.errorClass = errorClass
        }
    }

    /// The table.
    package static let rows: [Row] = [
        Row("ALL_OR_NONE_OPERATION_ROLLED_BACK", .transient),
        Row("BAD_GATEWAY", .transient),
        Row("COLLISION_DETECTED", .transient),
        Row("CONFLICT", .transient),
        Row("ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE", .transient),
        Row("GATEWAY_TIMEOUT", .transient),
        Row("INTERNAL_ERROR", .transient),
        // The org forgot where a lookup's next page begins; the next try looks up anew.
        Row("INVALID_QUERY_LOCATOR", .transient),
        Row("MATCH_SERVICE_TIMED_OUT", .transient),
        Row("MATCH_SERVICE_UNAVAILABLE_ERROR", .transient),
        Row("OPERATION_CONFLICT", .transient),
        Row("PROCESSING_HALTED", .transient),
        Row("QUERY_TIMEOUT", .transient),
        Row("REQUEST_RUNNING_TOO_LONG", .transient),
        Row("SERVER_UNAVAILABLE", .transient),
        Row("SERVICE_UNAVAILABLE", .transient),
        Row("TOO_MANY_APEX_REQUESTS", .transient),
        Row("UNABLE_TO_LOCK_RECORD", .transient),
        Row("UNABLE_TO_LOCK_ROW", .transient),
        Row("UNKNOWN_EXCEPTION", .transient),

        Row("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE", .orgPause),
        Row("LIMIT_EXCEEDED", .orgPause),
        Row("LOGIN_RATE_EXCEEDED", .orgPause),
        // Unless its message names concurrent requests, which pass in seconds.
        Row("REQUEST_LIMIT_EXCEEDED", .orgPause),
        Row("STORAGE_LIMIT_EXCEEDED", .orgPause),
        Row("TERRITORY_REALIGN_IN_PROGRESS", .orgPause),

        Row("BAD_OAUTH_TOKEN", .session),
        Row("INVALID_AUTH_HEADER", .session),
        Row("INVALID_SESSION_ID", .session),
        Row("SESSION_EXPIRED", .session),
        Row("SESSION_INVALIDATED", .session),
        Row("URL_NOT_RESET", .session),

        Row("API_CURRENTLY_DISABLED", .configuration),
        Row("API_DISABLED_FOR_ORG", .configuration),
        Row("FIELD_NOT_UPDATABLE", .configuration),
        Row("FUNCTIONALITY_NOT_ENABLED", .configuration),
        Row("INACTIVE_OWNER_OR_USER", .configuration),
        Row("INSUFFICIENT_ACCESS", .configuration),
        Row("INVALID_ASSIGNMENT_RULE", .configuration),
        Row("INVALID_ENTITY_FOR_UPSERT", .configuration),
        Row("INVALID_EXTERNAL_ID_FIELD_NAME", .configuration),
        Row("INVALID_FIELD", .configuration),
        Row("INVALID_FIELD_FOR_INSERT_UPDATE", .configuration),
        Row("INVALID_READ_ONLY_USER_DML", .configuration),
        Row("INVALID_TYPE", .configuration),
        Row("INVALID_TYPE_ON_FIELD_IN_RECORD", .configuration),
        Row("LICENSE_LIMIT_EXCEEDED", .configuration),
        Row("MALFORMED_QUERY", .configuration),
        Row("METHOD_NOT_ALLOWED", .configuration),
        Row("OP_WITH_INVALID_USER_TYPE_EXCEPTION", .configuration),
        Row("TXN_SECURITY_NO_ACCESS", .configuration),
        Row("UNSUPPORTED_API_VERSION", .configuration),

        Row("DATE_OUT_OF_RANGE", .record),
        Row("DUPLICATES_DETECTED", .record),
        Row("DUPLICATE_EXTERNAL_ID", .record),
        Row("DUPLICATE_VALUE", .record),
        Row("ENTITY_IS_ARCHIVED", .record),
        Row("FIELD_CUSTOM_VALIDATION_EXCEPTION", .record),
        Row("FIELD_FILTER_VALIDATION_EXCEPTION", .record),
        Row("FIELD_INTEGRITY_EXCEPTION", .record),
        Row("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", .record),
        Row("INSUFFICIENT_ACCESS_OR_READONLY", .record),
        Row("INVALID_CROSS_REFERENCE_KEY", .record),
        Row("INVALID_EMAIL_ADDRESS", .record),
        Row("INVALID_ID_FIELD", .record),
        Row("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", .record),
        Row("INVALID_PERSON_ACCOUNT_OPERATION", .record),
        Row("INVALID_QUERY_FILTER_OPERATOR", .record),
        Row("INVALID_STATUS", .record),
        Row("MALFORMED_ID", .record),
        Row("MULTIPLE_CHOICES", .record),
        Row("NUMBER_OUTSIDE_VALID_RANGE", .record),
        Row("REQUIRED_FIELD_MISSING", .record),
        Row("STRING_TOO_LONG", .record),
        Row("TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET", .record),
        Row("TOO_MANY_ENUM_VALUE", .record),
        Row("UNAVAILABLE_RECORDTYPE_EXCEPTION", .record),

        Row("ENTITY_IS_DELETED", .repairable),
        // By id, that is: of a whole call it is a wrong address, and its message may name a wrong field.
        Row("NOT_FOUND", .repairable),

        Row("CANNOT_UPDATE_CONVERTED_LEAD", .convertedLead),

        Row("APEX_FAILED", .ambiguous),
        Row("CANNOT_EXECUTE_FLOW_TRIGGER", .ambiguous),
        Row("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", .ambiguous),
        Row("ENTITY_IS_LOCKED", .ambiguous),
        Row("FLOW_EXCEPTION", .ambiguous),
        Row("RECORD_IN_USE_BY_WORKFLOW", .ambiguous),
        Row("RECORD_LOCKED", .ambiguous),

        Row("JSON_PARSER_ERROR", .batch),
        Row("QUERY_TOO_COMPLICATED", .batch),
    ]

    /// What OAuth's error words mean; all others need an administrator.
    package static let loginRows: [Row] = [
        Row("login_rate_exceeded", .orgPause),
        Row("server_error", .transient),
        Row("temporarily_unavailable", .transient),
        Row("unknown_error", .transient),
    ]

    static let byCode = Dictionary(rows.map { ($0.code, $0.errorClass) }) { first, _ in first }
    static let byLoginError = Dictionary(loginRows.map { ($0.code, $0.errorClass) }) { first, _ in first }
}
