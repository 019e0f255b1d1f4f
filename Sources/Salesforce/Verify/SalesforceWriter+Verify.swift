package import Consent
import Delivery
import HTTPClient
import JSON

extension SalesforceWriter {
    /// Looks at everything that deliveries of a configuration will need; it writes nothing.
    ///
    /// It costs at most six calls and a login, and asks the org anew each time. What would make every later check fail for
    /// the same reason ends it.
    package func verify(_ configuration: Configuration) async -> [VerificationCheck] {
        var tally = CallTally()
        do {
            try await connection.logIn(for: configuration, tally: &tally)
        } catch {
            return [VerificationCheck("login", .fail, error.failure.sentence)]
        }
        var checks = await accessChecks(configuration, &tally)
        guard checks.allSatisfy({ $0.status != .fail }) else { return checks }
        do {
            try await readOneRecord(configuration, &tally)
        } catch {
            checks.append(VerificationCheck("query", .fail, error.failure.sentence))
        }
        checks += await objectChecks(configuration, &tally)
        if configuration.recordKind != .contact {
            checks.append(await assignmentCheck(configuration, &tally))
        }
        checks.append(await quotaCheck(configuration, &tally))
        return checks
    }

    /// Whether the org takes the token, and speaks the version.
    ///
    /// The list of versions needs no rights, but asking with a token proves that the token is taken.
    private func accessChecks(_ configuration: Configuration, _ tally: inout CallTally) async -> [VerificationCheck] {
        let login = VerificationCheck("login", .pass, "the org takes the credentials")
        do {
            let answer = try await connection.call(.get, "/services/data", for: configuration, tally: &tally)
            let versions = (answer.value.arrayValue ?? []).compactMap { $0["version"]?.stringValue }
            return [login, Self.versionCheck(configuration.apiVersion, offered: versions)]
        } catch {
            // Where there is no list, the token was not what was refused.
            guard let status = error.failure.attempt.httpStatus, [404, 405, 410].contains(status) else {
                return [VerificationCheck("login", .fail, error.failure.sentence)]
            }
            return [login, Self.versionCheck(configuration.apiVersion, offered: [])]
        }
    }

    private static func versionCheck(_ wanted: String, offered versions: [String]) -> VerificationCheck {
        guard !versions.isEmpty else {
            return VerificationCheck(
                "api_version",
                .warn,
                "the org does not list its API versions: \(wanted) is unchecked"
            )
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

    private func objectChecks(_ configuration: Configuration, _ tally: inout CallTally) async -> [VerificationCheck] {
        await descriptions.forget(DescriptionStore.Key(configuration))
        do {
            guard let description = try await description(for: configuration, tally: &tally) else {
                return [
                    VerificationCheck(
                        "object",
                        .warn,
                        "the user may not describe the object: choices go out as booleans and strings, unchecked"
                    )
                ]
            }
            return [FieldVerification.object(configuration, description)]
                + FieldVerification.checks(configuration, description)
        } catch {
            return [VerificationCheck("object", .fail, error.failure.sentence)]
        }
    }

    /// Whether an assignment rule stands by that writes of other clients would run.
    ///
    /// An org that does not let the user see its rules says nothing of them, and our writes ask not to run them anyway.
    private func assignmentCheck(
        _ configuration: Configuration,
        _ tally: inout CallTally
    ) async -> VerificationCheck {
        func check(_ status: VerificationCheck.Status, _ message: String) -> VerificationCheck {
            VerificationCheck("assignment_rules", status, message)
        }
        let statement =
            "SELECT Id FROM AssignmentRule WHERE SobjectType = \(SOQL.literal(configuration.recordKind.rawValue)) "
            + "AND Active = true LIMIT 1"
        guard configuration.recordKind == .lead, let answer = try? await query(statement, configuration, &tally),
            let rules = answer["records"]?.arrayValue, !rules.isEmpty
        else {
            return check(.pass, "writes ask Salesforce not to run assignment rules; flows and triggers still run")
        }
        guard configuration.upsertMode else {
            return check(
                .pass,
                "an assignment rule is active; writes ask Salesforce not to run it, so that no owner changes"
            )
        }
        return check(
            .warn,
            "an assignment rule is active and is not run, so that no owner changes: records that upsert_mode creates belong "
                + "to the connected app's user until somebody assigns them, or set OwnerId in create_defaults"
        )
    }

    /// What is left of the day's calls: from the answers so far, or asked for where they do not say.
    private func quotaCheck(_ configuration: Configuration, _ tally: inout CallTally) async -> VerificationCheck {
        var usage = tally.usage
        if usage == nil {
            let path = Self.path(configuration, "limits")
            let answer = try? await connection.call(.get, path, for: configuration, tally: &tally)
            let daily = answer?.value["DailyApiRequests"]
            if let limit = daily?["Max"]?.intValue, let remaining = daily?["Remaining"]?.intValue, limit > 0 {
                usage = APIUsage(used: limit - remaining, limit: limit)
            }
        }
        guard let usage else {
            return VerificationCheck("quota", .warn, "the org does not say how many API calls are left")
        }
        let left = max(0, usage.limit - usage.used)
        let message = "\(left) of \(usage.limit) API calls of 24 hours are left"
        switch usage.used * 100 / usage.limit {
        case 100...:
            return VerificationCheck("quota", .fail, message + ": wait, or buy more; deliveries wait meanwhile")
        case 80...:
            return VerificationCheck("quota", .warn, message + ": from 95 % used only withdrawals go out")
        default: return VerificationCheck("quota", .pass, message)
        }
    }
}

extension Failure {
    /// What happened, in words, with the code in front.
    fileprivate var sentence: String {
        attempt.message.map { "\(reason): \($0)" } ?? reason
    }
}
