import Delivery
import Salesforce
import Testing

@Suite struct ErrorTableTests {
    /// The documented classes, written down a second time and in another order than the table itself.
    static let expected: [(ErrorClass, String)] = [
        (
            .transient,
            """
            UNABLE_TO_LOCK_ROW UNABLE_TO_LOCK_RECORD SERVER_UNAVAILABLE SERVICE_UNAVAILABLE BAD_GATEWAY INTERNAL_ERROR
            UNKNOWN_EXCEPTION QUERY_TIMEOUT REQUEST_RUNNING_TOO_LONG TOO_MANY_APEX_REQUESTS OPERATION_CONFLICT
            COLLISION_DETECTED CONFLICT PROCESSING_HALTED ALL_OR_NONE_OPERATION_ROLLED_BACK
            ENTITY_FAILED_IFLASTMODIFIED_ON_UPDATE MATCH_SERVICE_TIMED_OUT MATCH_SERVICE_UNAVAILABLE_ERROR GATEWAY_TIMEOUT
            INVALID_QUERY_LOCATOR
            """
        ),
        (
            .orgPause,
            """
            INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE STORAGE_LIMIT_EXCEEDED LIMIT_EXCEEDED
            TERRITORY_REALIGN_IN_PROGRESS LOGIN_RATE_EXCEEDED REQUEST_LIMIT_EXCEEDED
            """
        ),
        (
            .session,
            """
            INVALID_SESSION_ID SESSION_EXPIRED SESSION_INVALIDATED INVALID_AUTH_HEADER URL_NOT_RESET BAD_OAUTH_TOKEN
            """
        ),
        (
            .configuration,
            """
            API_DISABLED_FOR_ORG API_CURRENTLY_DISABLED INVALID_TYPE INVALID_FIELD INVALID_FIELD_FOR_INSERT_UPDATE
            FIELD_NOT_UPDATABLE INVALID_TYPE_ON_FIELD_IN_RECORD INSUFFICIENT_ACCESS INVALID_EXTERNAL_ID_FIELD_NAME
            INVALID_ENTITY_FOR_UPSERT MALFORMED_QUERY METHOD_NOT_ALLOWED UNSUPPORTED_API_VERSION TXN_SECURITY_NO_ACCESS
            OP_WITH_INVALID_USER_TYPE_EXCEPTION INVALID_READ_ONLY_USER_DML LICENSE_LIMIT_EXCEEDED
            FUNCTIONALITY_NOT_ENABLED INVALID_ASSIGNMENT_RULE INACTIVE_OWNER_OR_USER
            """
        ),
        (
            .record,
            """
            REQUIRED_FIELD_MISSING STRING_TOO_LONG INVALID_EMAIL_ADDRESS INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST
            TOO_MANY_ENUM_VALUE NUMBER_OUTSIDE_VALID_RANGE DATE_OUT_OF_RANGE TEXT_DATA_OUTSIDE_SUPPORTED_CHARSET
            FIELD_CUSTOM_VALIDATION_EXCEPTION FIELD_FILTER_VALIDATION_EXCEPTION FIELD_INTEGRITY_EXCEPTION DUPLICATE_VALUE
            DUPLICATE_EXTERNAL_ID DUPLICATES_DETECTED MALFORMED_ID INVALID_ID_FIELD INVALID_CROSS_REFERENCE_KEY
            INSUFFICIENT_ACCESS_OR_READONLY INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY
            INVALID_PERSON_ACCOUNT_OPERATION ENTITY_IS_ARCHIVED UNAVAILABLE_RECORDTYPE_EXCEPTION INVALID_STATUS
            MULTIPLE_CHOICES INVALID_QUERY_FILTER_OPERATOR
            """
        ),
        (.convertedLead, "CANNOT_UPDATE_CONVERTED_LEAD"),
        (.repairable, "ENTITY_IS_DELETED NOT_FOUND"),
        (
            .ambiguous,
            """
            ENTITY_IS_LOCKED RECORD_IN_USE_BY_WORKFLOW RECORD_LOCKED CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY
            CANNOT_EXECUTE_FLOW_TRIGGER FLOW_EXCEPTION APEX_FAILED
            """
        ),
        (.batch, "JSON_PARSER_ERROR QUERY_TOO_COMPLICATED"),
    ]

    struct Case: CustomTestStringConvertible {
        var code: String
        var errorClass: ErrorClass
        var testDescription: String { code }
    }

    static let cases = expected.flatMap { errorClass, codes in
        codes.split(whereSeparator: \.isWhitespace).map { Case(code: String($0), errorClass: errorClass) }
    }

    @Test(arguments: cases)
    func everyDocumentedCodeHasItsClass(row: Case) {
        let error = SalesforceError(code: row.code, message: "some words")
        #expect(ErrorTable.classify(error, status: 400, scope: .item) == row.errorClass)
        // The status comes last: it changes nothing for a known code.
        #expect(ErrorTable.classify(error, status: 503, scope: .item) == row.errorClass)
    }

    @Test func theTableHasOneRowPerDocumentedCodeAndNoOther() {
        #expect(ErrorTable.rows.map(\.code).sorted() == Self.cases.map(\.code).sorted())
    }

    struct Worded: CustomTestStringConvertible {
        var code: String?
        var message: String
        var status: Int
        var scope: ErrorScope
        var errorClass: ErrorClass
        var testDescription: String { "\(code ?? "no code") \(status) \(scope) \(message)" }
    }

    @Test(arguments: [
        Worded(
            code: "REQUEST_LIMIT_EXCEEDED",
            message: "TotalRequests Limit exceeded.",
            status: 403,
            scope: .call,
            errorClass: .orgPause
        ),
        Worded(
            code: "REQUEST_LIMIT_EXCEEDED",
            message: "ConcurrentPerOrgLongTxn Limit exceeded",
            status: 403,
            scope: .call,
            errorClass: .transient
        ),
        Worded(
            code: "REQUEST_LIMIT_EXCEEDED",
            message: "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
            status: 403,
            scope: .call,
            errorClass: .transient
        ),
        Worded(
            code: "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            message:
                "LeadTrigger: execution of AfterUpdate caused by: UNABLE_TO_LOCK_ROW, unable to obtain exclusive access",
            status: 200,
            scope: .item,
            errorClass: .transient
        ),
        Worded(
            code: "APEX_FAILED",
            message: "System.AsyncException: Rate Limiting Exception : x",
            status: 200,
            scope: .item,
            errorClass: .transient
        ),
        Worded(
            code: "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            message: "LeadTrigger: System.NullPointerException",
            status: 200,
            scope: .item,
            errorClass: .ambiguous
        ),
        Worded(
            code: "INVALID_SESSION_ID",
            message: "Session expired or invalid",
            status: 401,
            scope: .call,
            errorClass: .session
        ),
        Worded(
            code: "INVALID_SESSION_ID",
            message: "This session is not valid for use with the REST API",
            status: 401,
            scope: .call,
            errorClass: .configuration
        ),
        Worded(
            code: "INVALID_SESSION_ID",
            message: "Connected app is not attached to Agent",
            status: 401,
            scope: .call,
            errorClass: .configuration
        ),
        Worded(
            code: "INVALID_LOGIN",
            message: "Destination URL not reset. Use the URL returned from login",
            status: 500,
            scope: .call,
            errorClass: .session
        ),
        Worded(
            code: "NOT_FOUND",
            message: "Provided external ID field does not exist or is not accessible: X__c",
            status: 404,
            scope: .item,
            errorClass: .configuration
        ),
        Worded(
            code: "NOT_FOUND",
            message: "The requested resource does not exist",
            status: 404,
            scope: .call,
            errorClass: .configuration
        ),
        Worded(code: "BRAND_NEW_CODE", message: "", status: 400, scope: .call, errorClass: .record),
        Worded(code: "BRAND_NEW_CODE", message: "", status: 200, scope: .item, errorClass: .record),
        Worded(code: "BRAND_NEW_CODE", message: "", status: 502, scope: .call, errorClass: .transient),
        Worded(code: nil, message: "", status: 401, scope: .call, errorClass: .session),
        Worded(code: nil, message: "", status: 408, scope: .call, errorClass: .transient),
        Worded(code: nil, message: "", status: 420, scope: .call, errorClass: .transient),
        Worded(code: nil, message: "", status: 429, scope: .call, errorClass: .transient),
        Worded(code: nil, message: "", status: 500, scope: .call, errorClass: .transient),
        Worded(code: nil, message: "", status: 504, scope: .call, errorClass: .transient),
        Worded(code: nil, message: "", status: 413, scope: .call, errorClass: .batch),
        Worded(code: "invalid_client", message: "", status: 400, scope: .login, errorClass: .configuration),
        Worded(code: "invalid_grant", message: "inactive user", status: 400, scope: .login, errorClass: .configuration),
        Worded(
            code: "invalid_grant",
            message: "login rate exceeded",
            status: 400,
            scope: .login,
            errorClass: .orgPause
        ),
        Worded(code: "server_error", message: "", status: 500, scope: .login, errorClass: .transient),
        Worded(
            code: "unknown_error",
            message: "retry your request",
            status: 400,
            scope: .login,
            errorClass: .transient
        ),
    ])
    func theMessageRefinesTheCode(row: Worded) {
        let error = SalesforceError(code: row.code, message: row.message)
        #expect(ErrorTable.classify(error, status: row.status, scope: row.scope) == row.errorClass)
    }

    /// A gateway may put a word of its own beside a status that says all there is to say.
    @Test(arguments: [
        (401, ErrorClass.session), (408, .transient), (420, .transient), (425, .transient), (429, .transient),
        (400, .record), (403, .record),
    ])
    func anUnknownCodeDoesNotHideAStatusThatPasses(status: Int, errorClass: ErrorClass) {
        let error = SalesforceError(code: "BRAND_NEW_CODE", message: "some words")
        #expect(ErrorTable.classify(error, status: status, scope: .call) == errorClass)
        #expect(ErrorTable.classify(error, status: status, scope: .item) == .record)
    }

    @Test func ofSeveralErrorsTheMostFinalDecides() throws {
        let lock = #"{"errorCode":"UNABLE_TO_LOCK_ROW","message":"a"}"#
        let missing = #"{"errorCode":"REQUIRED_FIELD_MISSING","message":"b"}"#
        for text in ["[\(lock),\(missing)]", "[\(missing),\(lock)]"] {
            let (errorClass, error) = ErrorTable.classify(ErrorBody(Array(text.utf8)), status: 400, scope: .item)
            #expect(errorClass == .record)
            #expect(error.message == "b")
        }
    }
}
