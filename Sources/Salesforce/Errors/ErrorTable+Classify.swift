extension ErrorTable {
    /// The class of one error: by its code, then its message, then the HTTP status.
    package static func classify(_ error: SalesforceError, status: Int, scope: ErrorScope) -> ErrorClass {
        if scope == .login { return classifyLogin(error, status: status) }
        guard let code = error.code, !code.isEmpty else { return classify(status: status, scope: scope) }
        guard let known = byCode[code.uppercased()] else {
            if error.message.contains("Destination URL not reset") { return .session }
            // These say more than a word that nobody knows, and a gateway may have words of its own.
            if scope == .call, [401, 408, 420, 425, 429].contains(status) {
                return classify(status: status, scope: scope)
            }
            return scope == .item || status < 500 ? .record : .transient
        }
        return refine(known, code: code.uppercased(), message: error.message, scope: scope)
    }

    /// The class of a body as a whole: the error that a mere repetition helps least decides.
    package static func classify(_ body: ErrorBody, status: Int, scope: ErrorScope) -> (ErrorClass, SalesforceError) {
        if body.isMaintenance {
            return (.orgPause, body.errors.first ?? SalesforceError(code: "MAINTENANCE"))
        }
        guard let first = body.errors.first else {
            return (
                body.isReadable ? classify(status: status, scope: scope) : classifyUnreadable(status: status),
                SalesforceError(code: nil, message: body.text)
            )
        }
        var decisive = (classify(first, status: status, scope: scope), first)
        for error in body.errors.dropFirst() {
            let errorClass = classify(error, status: status, scope: scope)
            if errorClass.finality > decisive.0.finality { decisive = (errorClass, error) }
        }
        return decisive
    }

    /// Whether a 401 with this message stays one after a new login, so that logging in again would go on for ever.
    package static func isHopelessSession(message: String) -> Bool {
        hopelessSessionMessages.contains { message.contains($0) }
    }

    /// What an answer's errors say of the token that it was asked with.
    static func verdict(_ body: ErrorBody, status: Int) -> TokenVerdict {
        let (errorClass, error) = classify(body, status: status, scope: .call)
        if errorClass == .session { return .refused }
        return isHopelessSession(message: error.message) ? .useless : .taken
    }

    private static let hopelessSessionMessages = [
        "This session is not valid for use with the REST API",
        "Connected app is not attached to Agent",
    ]

    /// What a trigger's or flow's message may wrap that passes by itself.
    private static let nestedTransients = [
        "UNABLE_TO_LOCK_ROW",
        "unable to obtain exclusive access",
        "Rate Limiting Exception",
        "QUERY_TIMEOUT",
        "SERVER_UNAVAILABLE",
    ]

    private static func refine(
        _ known: ErrorClass,
        code: String,
        message: String,
        scope: ErrorScope
    ) -> ErrorClass {
        switch (known, code) {
        case (_, "REQUEST_LIMIT_EXCEEDED"):
            return message.contains("Concurrent") && !message.contains("TotalRequests") ? .transient : .orgPause
        case (_, "NOT_FOUND"):
            return scope == .call || message.contains("external ID field") ? .configuration : .repairable
        case (.session, _):
            return isHopelessSession(message: message) ? .configuration : .session
        case (.ambiguous, _):
            return nestedTransients.contains { message.contains($0) } ? .transient : .ambiguous
        default:
            return known
        }
    }

    private static func classifyLogin(_ error: SalesforceError, status: Int) -> ErrorClass {
        let text = "\(error.code ?? "") \(error.message)".lowercased()
        if text.contains("login rate") || text.contains("rate exceeded") || text.contains("rate limit") {
            return .orgPause
        }
        guard let code = error.code, !code.isEmpty else { return classify(status: status, scope: .login) }
        if let known = byLoginError[code.lowercased()] { return known }
        if let known = byCode[code.uppercased()], known == .transient || known == .orgPause {
            return refine(known, code: code.uppercased(), message: error.message, scope: .login)
        }
        return status >= 500 ? .transient : .configuration
    }

    /// The class of an answer that says nothing but its HTTP status.
    private static func classify(status: Int, scope: ErrorScope) -> ErrorClass {
        switch status {
        case 429 where scope == .login: .orgPause
        case 408, 420, 425, 429, 500...: .transient
        case 401: scope == .login ? .configuration : .session
        case 413, 414, 431: .batch
        case 300 where scope != .login: .record
        case 301...399, 403, 404, 405, 410, 415: .configuration
        case 400...499: scope == .login ? .configuration : .record
        default: .transient
        }
    }

    /// The class of an answer that is no JSON: it seldom comes from Salesforce itself, and seldom stays.
    private static func classifyUnreadable(status: Int) -> ErrorClass {
        switch status {
        case 301...399, 405: .configuration
        case 401: .session
        case 413, 414, 431: .batch
        default: .transient
        }
    }
}
