import Consent
import Delivery
import HTTPClient
import JSON

extension SalesforceWriter {
    /// What Salesforce says of the configuration's object; nil when the user may not ask.
    ///
    /// It costs a call only the first time, once a day, and after a field error or a change of the configuration.
    func description(
        for configuration: Configuration,
        tally: inout CallTally
    ) async throws(CallFailure) -> ObjectDescription? {
        let key = DescriptionStore.Key(configuration)
        let grant = await descriptions.knowledge(of: key, since: configuration.updatedAt, at: now()) {
            await self.describe(configuration)
        }
        tally.add(grant.tally)
        switch grant.result {
        case .success(let knowledge): return knowledge.description
        case .failure(let failure): throw CallFailure(failure)
        }
    }

    private func describe(_ configuration: Configuration) async -> DescriptionStore.Grant {
        var tally = CallTally()
        let path = Self.path(configuration, "sobjects/\(configuration.recordKind.rawValue)/describe")
        do {
            let answer = try await connection.call(.get, path, for: configuration, tally: &tally)
            guard let description = ObjectDescription(answer.value) else {
                var failure = failures.unreadable(
                    answer.response,
                    reason: "UNREADABLE_ANSWER",
                    message: "the description of the object holds no fields"
                )
                failure.mayHaveBeenWritten = false
                return DescriptionStore.Grant(.failure(failure), tally)
            }
            return DescriptionStore.Grant(.success(.described(description)), tally)
        } catch {
            return DescriptionStore.Grant(
                Self.isWithheld(error.failure) ? .success(.withheld) : .failure(error.failure),
                tally
            )
        }
    }

    /// Whether a failure means that this user has no say in descriptions, rather than that the org has trouble.
    private static func isWithheld(_ failure: Failure) -> Bool {
        guard let status = failure.attempt.httpStatus else { return false }
        switch failure.kind {
        case .configuration, .batch, .record: return [400, 403, 404, 405, 410].contains(status)
        // A gateway that does not let the path through answers in its own words.
        case .transient: return (status == 403 || status == 404) && failure.reason == "HTTP_\(status)"
        case .orgPause, .repairable, .convertedLead, .ambiguous, .cancelled: return false
        }
    }

    /// Whether a failure says that a field is not what the description made us believe.
    static func isFieldError(_ failure: Failure) -> Bool {
        fieldErrors.contains(failure.reason)
    }

    private static let fieldErrors: Set<String> = [
        "FIELD_NOT_UPDATABLE", "INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "INVALID_TYPE_ON_FIELD_IN_RECORD", "JSON_PARSER_ERROR",
    ]
}
