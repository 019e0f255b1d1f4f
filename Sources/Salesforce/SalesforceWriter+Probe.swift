package import Consent
package import Delivery
import HTTPClient
import JSON

extension SalesforceWriter {
    /// Logs in and reads the configuration's fields of at most one record: what a held configuration most likely lacks.
    ///
    /// Rights may have been granted since the object was described, so it is described again.
    package func probe(_ configuration: Configuration) async -> CallReport<Never> {
        await descriptions.invalidate(DescriptionStore.Key(configuration))
        return await reporting { tally throws(CallFailure) in
            try await readOneRecord(configuration, &tally)
            try await checkFields(configuration, &tally)
            return []
        }
    }

    /// Reads the match field and all mapped fields of at most one record.
    func readOneRecord(_ configuration: Configuration, _ tally: inout CallTally) async throws(CallFailure) {
        let fields = Set(([configuration.matchField] + configuration.mappings.map(\.field)).map { $0.lowercased() })
            .subtracting(["id"]).filter(SOQL.isFieldName).sorted()
        let statement =
            "SELECT \((["Id"] + fields).joined(separator: ", ")) FROM \(configuration.recordKind.rawValue) LIMIT 1"
        _ = try await query(statement, configuration, &tally)
    }

    /// Makes one query and returns its answer.
    func query(
        _ statement: String,
        _ configuration: Configuration,
        _ tally: inout CallTally
    ) async throws(CallFailure) -> JSONValue {
        let answer = try await connection.call(
            .post,
            Self.path(configuration, "composite"),
            body: CompositeCall.body([statement], apiVersion: configuration.apiVersion),
            for: configuration,
            tally: &tally,
            verdict: CompositeCall.verdict
        )
        guard let part = CompositeCall.parts(answer.value, count: 1)?.first else {
            throw CallFailure(
                failures.unreadable(
                    answer.response,
                    reason: "UNREADABLE_ANSWER",
                    message: "the answer lacks the query's result"
                )
            )
        }
        guard (200..<300).contains(part.status) else {
            var response = answer.response
            response.status = part.status
            throw failures.callFailure(response, ErrorBody(part.body), scope: .call, words: [])
        }
        return part.body
    }

    /// Reading a field does not mean that it may be written: the description says so.
    private func checkFields(_ configuration: Configuration, _ tally: inout CallTally) async throws(CallFailure) {
        guard let description = try await description(for: configuration, tally: &tally) else { return }
        let readOnly = configuration.mappings.map(\.field).filter { description[$0]?.isUpdateable == false }
        guard let first = readOnly.first else { return }
        throw CallFailure(
            failures.own(
                .configuration,
                reason: "FIELD_NOT_UPDATABLE",
                message: "field \(first) cannot be written: give the connected app's user the right to edit it",
                fields: readOnly
            )
        )
    }
}
