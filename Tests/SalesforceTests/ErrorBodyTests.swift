import Salesforce
import Testing

@Suite struct ErrorBodyTests {
    struct Shape: CustomTestStringConvertible {
        var name: String
        var status: Int
        var body: String
        var codes: [String?]
        var errorClass: ErrorClass
        var testDescription: String { name }
    }

    @Test(arguments: [
        Shape(
            name: "array",
            status: 400,
            body: #"[{"message":"m","errorCode":"STRING_TOO_LONG","fields":["Email"]}]"#,
            codes: ["STRING_TOO_LONG"],
            errorClass: .record
        ),
        Shape(
            name: "array of several",
            status: 400,
            body: """
                [{"message":"one","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION","fields":[]},
                 {"message":"two","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION"}]
                """,
            codes: ["FIELD_CUSTOM_VALIDATION_EXCEPTION", "FIELD_CUSTOM_VALIDATION_EXCEPTION"],
            errorClass: .record
        ),
        Shape(
            name: "bare object",
            status: 401,
            body: #"{"message":"Session expired","errorCode":"INVALID_SESSION_ID"}"#,
            codes: ["INVALID_SESSION_ID"],
            errorClass: .session
        ),
        Shape(
            name: "OAuth",
            status: 400,
            body: #"{"error":"invalid_grant","error_description":"inactive user"}"#,
            codes: ["invalid_grant"],
            errorClass: .record
        ),
        Shape(
            name: "collections item",
            status: 200,
            body: #"{"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"m","fields":[]}]}"#,
            codes: ["UNABLE_TO_LOCK_ROW"],
            errorClass: .transient
        ),
        Shape(
            name: "composite part",
            status: 400,
            body: #"{"body":[{"errorCode":"MALFORMED_QUERY","message":"m"}],"httpStatusCode":400,"referenceId":"q0"}"#,
            codes: ["MALFORMED_QUERY"],
            errorClass: .configuration
        ),
        Shape(
            name: "multiple choices",
            status: 300,
            body: #"["/services/data/v62.0/sobjects/Lead/00Q1","/services/data/v62.0/sobjects/Lead/00Q2"]"#,
            codes: ["MULTIPLE_CHOICES"],
            errorClass: .record
        ),
        Shape(
            name: "duplicates detected",
            status: 400,
            body: """
                [{"duplicateResult":{"allowSave":true,"matchResults":[]},"errorCode":"DUPLICATES_DETECTED",
                  "message":"Use one of these records?"}]
                """,
            codes: ["DUPLICATES_DETECTED"],
            errorClass: .record
        ),
        Shape(
            name: "XML",
            status: 500,
            body: """
                <?xml version="1.0" encoding="UTF-8"?><Errors><Error><errorCode>SERVER_UNAVAILABLE</errorCode>
                <message>too &lt;busy&gt;</message></Error></Errors>
                """,
            codes: ["SERVER_UNAVAILABLE"],
            errorClass: .transient
        ),
        Shape(
            name: "maintenance page",
            status: 503,
            body: "<html><body><center>We are down for maintenance.</center></body></html>",
            codes: [],
            errorClass: .orgPause
        ),
        Shape(
            name: "proxy's page",
            status: 403,
            body: "<!DOCTYPE html><html><h1>403 Forbidden</h1></html>",
            codes: [],
            errorClass: .transient
        ),
        Shape(name: "plain text", status: 502, body: "upstream gone", codes: [], errorClass: .transient),
        Shape(
            name: "bad token",
            status: 403,
            body: "Bad_OAuth_Token",
            codes: ["BAD_OAUTH_TOKEN"],
            errorClass: .session
        ),
        Shape(name: "empty", status: 500, body: "", codes: [], errorClass: .transient),
        Shape(
            name: "truncated",
            status: 503,
            body: #"[{"message":"m","errorCode":"STRING_TO"#,
            codes: [],
            errorClass: .transient
        ),
        Shape(name: "number", status: 500, body: "17", codes: [], errorClass: .transient),
        Shape(name: "null", status: 500, body: "null", codes: [], errorClass: .transient),
    ])
    func everyShapeIsRead(shape: Shape) {
        let body = ErrorBody(Array(shape.body.utf8))
        #expect(body.errors.map(\.code) == shape.codes)
        #expect(ErrorTable.classify(body, status: shape.status, scope: .call).0 == shape.errorClass)
    }

    @Test(arguments: [(503, ErrorClass.transient), (400, .transient), (401, .session)])
    func bytesThatAreNoTextSayNoMoreThanTheStatus(status: Int, errorClass: ErrorClass) {
        let body = ErrorBody([0x5B, 0x7B, 0x22, 0xFF, 0xFE, 0xC0, 0x22])
        #expect(body.errors.isEmpty)
        #expect(ErrorTable.classify(body, status: status, scope: .call).0 == errorClass)
    }

    @Test func messageAndFieldsAreKept() {
        let body = ErrorBody(Array(#"[{"message":"too long","errorCode":"STRING_TOO_LONG","fields":["Email"]}]"#.utf8))
        #expect(body.errors == [SalesforceError(code: "STRING_TOO_LONG", message: "too long", fields: ["Email"])])
    }

    @Test func anyBytesAreReadWithoutFailing() {
        let sample = Array(#"[{"message":"é","errorCode":"UNABLE_TO_LOCK_ROW","fields":["Email"]}]"#.utf8)
        for length in sample.indices {
            _ = ErrorBody(Array(sample.prefix(length)))
            var flipped = sample
            flipped[length] ^= 0x80
            let body = ErrorBody(flipped)
            #expect(ErrorTable.classify(body, status: 503, scope: .call).0 == .transient)
        }
    }
}
