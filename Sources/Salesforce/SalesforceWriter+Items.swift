import Consent
import Delivery
import HTTPClient

extension SalesforceWriter {
    /// What became of one record.
    func outcome(_ item: CollectionsItem, of draft: Draft, _ context: ItemContext) -> WriteOutcome {
        let response = context.response
        switch item {
        case .success(let id):
            guard let recordID = draft.recordID ?? id, draft.recordID.map({ RecordID.isSame($0, id ?? $0) }) ?? true
            else {
                return .failed(
                    failures.unreadable(
                        response,
                        reason: "RESULT_MISMATCH",
                        message: "the answer is about another record"
                    )
                )
            }
            let attempt = Attempt(at: now(), httpStatus: response.status, requestID: response.requestID)
            return .written(recordID: recordID, isCreated: draft.recordID == nil, attempt)
        case .failure(let errors):
            let error = Self.decisive(errors)
            var kind = ErrorTable.classify(error, status: response.status, scope: .item).kind
            // There is no batch in an item: it is this record that cannot be read.
            if kind == .batch { kind = .record }
            if draft.recordID == nil, kind == .record, context.isTaken(error) { kind = .repairable }
            return .failed(
                failures.failure(
                    error,
                    kind: kind,
                    status: response.status,
                    requestID: response.requestID,
                    words: [draft.person].compactMap { $0 }
                )
            )
        case .unreadable:
            return .failed(
                failures.unreadable(
                    response,
                    reason: "UNREADABLE_RESULT",
                    message: "the result says neither success nor failure"
                )
            )
        }
    }

    /// The error that a mere repetition helps least, the first of several such.
    private static func decisive(_ errors: [SalesforceError]) -> SalesforceError {
        var decisive = errors.first ?? SalesforceError(code: "UNKNOWN_ERROR", message: "no reason given")
        for error in errors.dropFirst() {
            let finality = ErrorTable.classify(error, status: 200, scope: .item).finality
            if finality > ErrorTable.classify(decisive, status: 200, scope: .item).finality { decisive = error }
        }
        return decisive
    }
}

/// What the results of one call have in common.
struct ItemContext {
    var response: HTTPResponse
    var matchField: String
    /// Whether Salesforce lets no two records have the same value of the match field.
    var isUnique: Bool

    /// Whether a creation failed since somebody else created the person's record first.
    func isTaken(_ error: SalesforceError) -> Bool {
        guard error.code == "DUPLICATE_VALUE" else { return false }
        let named = (error.fields + [error.message]).joined(separator: " ").lowercased()
        return named.contains(matchField.lowercased()) || (isUnique && !named.contains("duplicates value on"))
    }
}
