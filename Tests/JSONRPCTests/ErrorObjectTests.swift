import JSON
import JSONRPC
import Testing

@Suite struct ErrorObjectTests {
    @Test func namesAndNumbersAreThoseOfGRPC() {
        let names = [
            "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
            "PERMISSION_DENIED",
            "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL",
            "UNAVAILABLE",
            "DATA_LOSS", "UNAUTHENTICATED",
        ]
        #expect(RPCStatus.allCases.map(\.name) == names)
        #expect(RPCStatus.allCases.map(\.rawValue) == Array(0...16))
        #expect(names.map { RPCStatus(name: $0) } == RPCStatus.allCases)
        #expect(RPCStatus(name: "NONE") == nil)
    }

    @Test func codesFollowTheTable() {
        let codes = RPCStatus.allCases.map { ErrorObject.status($0, reason: "R", message: "m").code }
        #expect(codes == [0, 1, 2, -32602, 4, 5, 6, 7, 8, 9, 10, 11, -32601, -32603, 14, 15, 16])
    }

    @Test(arguments: [
        (
            ErrorObject(JSONScanError.syntax(offset: 17)),
            #"{"code":-32700,"message":"not valid JSON at byte 17","data":{"status":"INVALID_ARGUMENT","reason":"PARSE_ERROR","domain":"consentd","offset":17}}"#
        ),
        (
            ErrorObject(JSONScanError.messageTooLarge(limit: 4_194_304)),
            #"{"code":-32600,"message":"message larger than 4194304 bytes","data":{"status":"RESOURCE_EXHAUSTED","reason":"MESSAGE_TOO_LARGE","domain":"consentd","retry_after_ms":1000}}"#
        ),
        (
            ErrorObject(JSONScanError.nestingTooDeep(limit: 64)),
            #"{"code":-32600,"message":"message nested deeper than 64 levels","data":{"status":"RESOURCE_EXHAUSTED","reason":"NESTING_TOO_DEEP","domain":"consentd","retry_after_ms":1000}}"#
        ),
        (
            ErrorObject.invalidArgument([
                FieldViolation(path: "event.user", message: "is missing"),
                FieldViolation(path: "mappings[0].id", message: "is empty"),
            ]),
            #"{"code":-32602,"message":"invalid params: 2 faults, see field_violations","data":{"status":"INVALID_ARGUMENT","reason":"INVALID_PARAMS","domain":"consentd","field_violations":[{"path":"event.user","message":"is missing"},{"path":"mappings[0].id","message":"is empty"}]}}"#
        ),
        (
            ErrorObject.status(
                .resourceExhausted,
                reason: "QUEUE_FULL",
                message: "queue full",
                retryAfterMilliseconds: 500,
                metadata: ["b": "2", "a": "1"]
            ),
            #"{"code":8,"message":"queue full","data":{"status":"RESOURCE_EXHAUSTED","reason":"QUEUE_FULL","domain":"consentd","retry_after_ms":500,"metadata":{"a":"1","b":"2"}}}"#
        ),
        (
            ErrorObject.methodNotFound("x\"y"),
            #"{"code":-32601,"message":"no method x\"y","data":{"status":"UNIMPLEMENTED","reason":"METHOD_NOT_FOUND","domain":"consentd"}}"#
        ),
        (
            ErrorObject.internalError(logID: "l1"),
            #"{"code":-32603,"message":"internal error, see the log","data":{"status":"INTERNAL","reason":"INTERNAL","domain":"consentd","metadata":{"log_id":"l1"}}}"#
        ),
    ])
    func errorsAreWrittenWhole(error: ErrorObject, json: String) {
        #expect(String(decoding: error.jsonBytes, as: UTF8.self) == json)
    }

    @Test func everyReasonOfAnInvalidRequestHasAMessage() {
        for reason in InvalidRequest.Reason.allCases {
            let error = InvalidRequest(id: .null, reason: reason).error
            #expect(error.reason == reason.rawValue)
            #expect(error.code == ErrorObject.invalidRequestCode)
            #expect(!error.message.isEmpty)
        }
    }

    @Test func responsesAreOneLineEach() {
        var writer = JSONWriter()
        Response.writeError(id: .null, .parseError(offset: 3), to: &writer)
        writer.newline()
        writer.beginArray()
        Response.writeResult(id: .null, ["a", "b"], to: &writer)
        Response.beginResult(id: .null, in: &writer)
        writer.beginObject()
        writer.endObject()
        Response.endResult(in: &writer)
        writer.endArray()
        writer.newline()
        Response.writeNotification(method: "watch.event", params: 1, to: &writer)
        writer.newline()
        let lines = String(decoding: writer.take(), as: UTF8.self).split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        #expect(lines.count == 4)
        #expect(lines[0].hasPrefix(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"#))
        #expect(
            lines[1] == #"[{"jsonrpc":"2.0","id":null,"result":["a","b"]},{"jsonrpc":"2.0","id":null,"result":{}}]"#
        )
        #expect(lines[2] == #"{"jsonrpc":"2.0","method":"watch.event","params":1}"#)
        #expect(lines[3] == "")
    }
}
