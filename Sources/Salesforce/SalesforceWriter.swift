package import Consent
import Delivery
package import HTTPClient

/// Speaks to Salesforce for the delivery side: finds records by SOQL and writes them by sObject Collections.
///
/// It remembers tokens, descriptions of objects and people's records, all bounded by `SalesforceLimits`; it decides nothing
/// about when and whether to try again.
package final class SalesforceWriter: RecordWriter {
    let connection: OrgConnection
    let descriptions: DescriptionStore
    let matches: MatchStore
    let confirmed: ConfirmedStore
    let limits: SalesforceLimits
    let now: @Sendable () -> Timestamp

    /// Creates a writer that shares the client's connections.
    ///
    /// `allowInsecure` takes instances on plain HTTP and outside Salesforce's domains.
    package init(
        http: HTTPClient,
        allowInsecure: Bool = false,
        compressesRequests: Bool = true,
        limits: SalesforceLimits = SalesforceLimits(),
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.limits = limits
        self.now = now
        connection = OrgConnection(
            http: http,
            allowInsecure: allowInsecure,
            compressesRequests: compressesRequests,
            limits: limits,
            now: now
        )
        descriptions = DescriptionStore(limits: limits)
        matches = MatchStore(limits: limits)
        confirmed = ConfirmedStore(limits: limits)
    }

    /// Forgets whatever is remembered of a person who was erased.
    package func forget(_ person: String) {
        matches.forget(person)
    }

    /// Does a piece of work that gets through or fails as a whole, and reports what it has cost.
    func reporting<Outcome: Sendable>(
        _ work: (inout CallTally) async throws(CallFailure) -> [Outcome]
    ) async -> CallReport<Outcome> {
        var tally = CallTally()
        do throws(CallFailure) {
            let outcomes = try await work(&tally)
            return CallReport(outcomes: outcomes, usage: tally.usage, calls: tally.calls)
        } catch {
            return CallReport(failure: error.failure, usage: tally.usage, calls: tally.calls)
        }
    }

    var failures: FailureFactory { connection.failures }

    /// The path below the org's instance for a configuration's API version.
    static func path(_ configuration: Configuration, _ rest: String) -> String {
        "/services/data/\(configuration.apiVersion)/\(rest)"
    }
}
