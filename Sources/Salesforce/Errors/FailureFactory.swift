import Consent
import Delivery
import HTTPClient

/// Makes failures out of what came back, or did not.
struct FailureFactory: Sendable {
    let limits: SalesforceLimits
    let now: @Sendable () -> Timestamp

    /// A request that brought no answer.
    func failure(_ error: HTTPError) -> Failure {
        let attempt = Attempt(at: now(), errorCode: error.reason, message: error.message)
        return Failure(
            kind: error.kind,
            reason: error.reason,
            attempt: attempt,
            mayHaveBeenWritten: error.mayHaveBeenSent
        )
    }

    /// An answer with an error status.
    func callFailure(_ response: HTTPResponse, _ body: ErrorBody, scope: ErrorScope, words: [String]) -> CallFailure {
        let (errorClass, error) = ErrorTable.classify(body, status: response.status, scope: scope)
        var failure = failure(
            error,
            kind: errorClass.kind,
            status: response.status,
            requestID: response.requestID,
            isMaintenance: body.isMaintenance,
            words: words
        )
        failure.retryAfter = AnswerHeaders.retryAfter(response.header("retry-after"), at: now())
        failure.mayHaveBeenWritten = response.status >= 500 || !body.isReadable
        let kind = failure.kind
        switch kind {
        case .record, .repairable, .convertedLead, .ambiguous: failure.kind = .batch
        // Only Salesforce's own word condemns a record; what is before it refuses a size that may be allowed later.
        case .batch: return CallFailure(failure, ifAlone: body.isReadable ? .record : .transient)
        case .transient, .orgPause, .configuration, .cancelled: break
        }
        return CallFailure(failure, ifAlone: kind)
    }

    /// One error, of a whole call or of one of its items.
    func failure(
        _ error: SalesforceError,
        kind: Failure.Kind,
        status: Int,
        requestID: String?,
        isMaintenance: Bool = false,
        words: [String] = []
    ) -> Failure {
        let code = error.code ?? (isMaintenance ? "MAINTENANCE" : "HTTP_\(status)")
        var message = Redaction.redact(error.message, words: words, charactersMax: limits.messageCharactersMax)
        if kind == .configuration, let advice = ErrorAdvice.advice(for: error) {
            message = String((message.isEmpty ? advice : "\(message): \(advice)").prefix(limits.messageCharactersMax))
        }
        let attempt = Attempt(
            at: now(),
            httpStatus: status,
            errorCode: code,
            message: message.isEmpty ? nil : message,
            fields: Array(error.fields.prefix(Self.fieldsMax)),
            requestID: requestID
        )
        return Failure(kind: kind, reason: Self.reason(code), attempt: attempt)
    }

    /// An answer of success that cannot be understood: what it did is unknown.
    func unreadable(_ response: HTTPResponse, reason: String, message: String) -> Failure {
        let attempt = Attempt(
            at: now(),
            httpStatus: response.status,
            errorCode: reason,
            message: message,
            requestID: response.requestID
        )
        return Failure(kind: .transient, reason: reason, attempt: attempt, mayHaveBeenWritten: true)
    }

    /// A failure that we see ourselves, without asking the org.
    func own(_ kind: Failure.Kind, reason: String, message: String, fields: [String] = []) -> Failure {
        let attempt = Attempt(at: now(), errorCode: reason, message: message, fields: fields)
        return Failure(kind: kind, reason: reason, attempt: attempt)
    }

    private static let fieldsMax = 20

    /// The code as an upper-case word, since OAuth's are lower-case and a proxy's could be anything.
    private static func reason(_ code: String) -> String {
        let word = code.uppercased().prefix(80).map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "_"
        }
        return String(word)
    }
}

extension HTTPResponse {
    /// Salesforce's own name of the request.
    var requestID: String? {
        (header("x-sfdc-request-id") ?? header("x-request-id")).map { String($0.prefix(128)) }
    }
}
