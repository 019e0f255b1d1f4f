package import Consent
import Delivery
import HTTPClient
import JSON

extension SalesforceWriter {
    /// Looks at everything that deliveries of a configuration will need; it writes nothing.
    ///
    /// It costs at most four calls and a login, and asks the org anew each time.
    package func verify(_ configuration: Configuration) async -> [VerificationCheck] {
        var tally = CallTally()
        var checks: [VerificationCheck] = []
        do {
            checks.append(try await versionCheck(configuration, &tally))
        } catch {
            return [VerificationCheck("login", .fail, error.failure.sentence)]
        }
        checks.insert(VerificationCheck("login", .pass, "the org takes the credentials"), at: 0)
        guard checks.allSatisfy({ $0.status != .fail }) else { return checks }
        do {
            try await readOneRecord(configuration, &tally)
        } catch {
            checks.append(VerificationCheck("query", .fail, error.failure.sentence))
        }
        let key = DescriptionStore.Key(configuration)
        await descriptions.forget(key)
        do {
            if let description = try await description(for: configuration, tally: &tally) {
                let kind = configuration.recordKind.rawValue
                checks.append(VerificationCheck("object", .pass, "\(kind) can be described"))
                checks += FieldVerification.checks(configuration, description)
            } else {
                checks.append(
                    VerificationCheck(
                        "object",
                        .warn,
                        "the user may not describe the object: choices go out as booleans and strings, unchecked"
                    )
                )
            }
        } catch {
            checks.append(VerificationCheck("object", .fail, error.failure.sentence))
        }
        if configuration.recordKind != .contact {
            checks.append(
                VerificationCheck(
                    "assignment_rules",
                    .pass,
                    "writes ask Salesforce not to run assignment rules; flows and triggers still run"
                )
            )
        }
        checks.append(Self.quotaCheck(tally.usage))
        return checks
    }

    /// The list of versions needs no rights, but asking with a token proves that the token is taken.
    private func versionCheck(
        _ configuration: Configuration,
        _ tally: inout CallTally
    ) async throws(CallFailure) -> VerificationCheck {
        let answer = try await connection.call(.get, "/services/data", for: configuration, tally: &tally)
        let versions = (answer.value.arrayValue ?? []).compactMap { $0["version"]?.stringValue }
        let wanted = configuration.apiVersion
        guard !versions.isEmpty else {
            return VerificationCheck("api_version", .warn, "the org does not list its API versions")
        }
        guard versions.contains(where: { "v\($0)" == wanted }) else {
            let newest = versions.last ?? ""
            return VerificationCheck(
                "api_version",
                .fail,
                "the org does not offer \(wanted): set properties.api_version, at most v\(newest)"
            )
        }
        return VerificationCheck("api_version", .pass, "the org offers \(wanted)")
    }

    private static func quotaCheck(_ usage: APIUsage?) -> VerificationCheck {
        guard let usage else {
            return VerificationCheck("quota", .warn, "the org does not say how many API calls are left")
        }
        let message = "\(usage.used) of \(usage.limit) API calls of the last 24 hours are used"
        let percent = usage.used * 100 / usage.limit
        return VerificationCheck("quota", percent >= 100 ? .fail : percent >= 80 ? .warn : .pass, message)
    }
}

extension Failure {
    /// What happened, in words, with the code in front.
    fileprivate var sentence: String {
        attempt.message.map { "\(reason): \($0)" } ?? reason
    }
}
