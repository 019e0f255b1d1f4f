import JSON

/// One message from the daemon, reduced to what a waiting call needs.
struct Response: Equatable {
    /// The number of the call; nil for a message that answers none, such as an error of the whole connection.
    var callID: UInt64?
    var outcome: Outcome

    enum Outcome: Equatable {
        case result(JSONValue)
        case failure(RPCFailure)
        /// A part of the stream that the call with the response's id asked for.
        case notification(JSONValue)
    }

    init(callID: UInt64?, outcome: Outcome) {
        self.callID = callID
        self.outcome = outcome
    }

    init(_ document: borrowing JSONDocument) throws(ClientError) {
        let message = JSONValue(document, document.root)
        guard message.objectValue != nil else { throw .protocolViolation("a message is not a JSON object") }
        let callID = message["id"]?.intValue.flatMap(UInt64.init(exactly:))
        if let error = message["error"] {
            self.init(callID: callID, outcome: .failure(RPCFailure(error)))
        } else if let result = message["result"] {
            self.init(callID: callID, outcome: .result(result))
        } else if message["method"]?.stringValue != nil {
            let params = message["params"] ?? .null
            self.init(callID: params["id"]?.intValue.flatMap(UInt64.init(exactly:)), outcome: .notification(params))
        } else {
            throw .protocolViolation("a message has neither result nor error")
        }
    }
}

extension RPCFailure {
    /// Reads an error object, leaving out what is not as the protocol has it.
    init(_ error: JSONValue) {
        let data = error["data"]
        self.init(
            code: error["code"]?.intValue ?? 0,
            status: data?["status"]?.stringValue,
            reason: data?["reason"]?.stringValue,
            message: error["message"]?.stringValue ?? "",
            violations: (data?["field_violations"]?.arrayValue ?? []).map { violation in
                FieldViolation(
                    path: violation["path"]?.stringValue ?? "",
                    message: violation["message"]?.stringValue ?? ""
                )
            },
            retryAfter: (data?["retry_after_ms"]?.intValue).map { .milliseconds($0) }
        )
    }
}
