package import Consent
package import Delivery
import HTTPClient
import JSON

extension SalesforceWriter {
    /// The records of those of these people who were found lately.
    @concurrent
    package func remembered(_ people: [String], for configuration: Configuration) async -> [[FoundRecord]?] {
        matches.records(of: people, for: configuration, at: now())
    }

    /// Finds the records of these people; those found lately cost no call.
    ///
    /// A thousand people that are not remembered cost one call of up to five queries. A query that failed fails its own
    /// people only, unless all of them fail for want of an administrator: then so does the call, whoever is remembered.
    @concurrent
    package func find(_ people: [String], for configuration: Configuration) async -> CallReport<FindOutcome> {
        let snapshot = matches.snapshot
        let known = matches.records(of: people, for: configuration, at: now()).map { $0.map(FindOutcome.found) }
        let remembered = known.compactMap { $0 }
        if remembered.count == people.count { return CallReport(outcomes: remembered, calls: 0) }
        guard SOQL.isFieldName(configuration.matchField) else {
            return CallReport(failure: invalidMatchField(configuration), calls: 0)
        }
        var tally = CallTally()
        do {
            let description = try await description(for: configuration, tally: &tally)
            var search = PeopleSearch(
                people,
                known: known,
                kind: configuration.recordKind,
                matchField: configuration.matchField,
                description: description,
                limits: limits
            )
            while case let queries = search.next(), !queries.isEmpty {
                try await run(queries, of: &search, people, configuration, &tally)
            }
            let outcomes = search.finished()
            remember(outcomes, known, people, configuration, since: snapshot)
            if let refusal = search.refusal {
                return CallReport(failure: refusal, usage: tally.usage, calls: tally.calls)
            }
            return report(outcomes, failure: \.failure, tally)
        } catch {
            return CallReport(failure: error.failure, usage: tally.usage, calls: tally.calls)
        }
    }

    private func run(
        _ queries: [PeopleSearch.Query],
        of search: inout PeopleSearch,
        _ people: [String],
        _ configuration: Configuration,
        _ tally: inout CallTally
    ) async throws(CallFailure) {
        let answer = try await connection.call(
            .post,
            Self.path(configuration, "composite"),
            body: CompositeCall.body(queries.map(\.statement), apiVersion: configuration.apiVersion),
            for: configuration,
            words: people,
            tally: &tally,
            verdict: CompositeCall.verdict
        )
        guard let parts = CompositeCall.parts(answer.value, count: queries.count) else {
            throw unreadable(answer, "the answer lacks results of the queries")
        }
        for (query, part) in zip(queries, parts) {
            do {
                try await take(part, of: query, into: &search, answer, people, configuration, &tally)
            } catch {
                if SalesforceWriter.isFieldError(error.failure) {
                    await descriptions.invalidate(DescriptionStore.Key(configuration))
                }
                search.failed(query, error)
            }
        }
    }

    private func take(
        _ part: CompositeCall.Part,
        of query: PeopleSearch.Query,
        into search: inout PeopleSearch,
        _ answer: OrgConnection.Answer,
        _ people: [String],
        _ configuration: Configuration,
        _ tally: inout CallTally
    ) async throws(CallFailure) {
        var response = answer.response
        guard (200..<300).contains(part.status) else {
            response.status = part.status
            throw failures.callFailure(response, ErrorBody(part.body), scope: .call, words: people)
        }
        var body = part.body
        var strangers = 0
        var rowCount = 0
        var totalSize = 0
        for _ in 0..<limits.pagesMax {
            guard let page = QueryPage(body) else {
                throw unreadable(answer, "a query's answer holds no records")
            }
            strangers += search.take(page.rows, of: query)
            rowCount += page.rows.count
            totalSize = max(totalSize, page.totalSize ?? 0)
            guard let path = page.nextPath else {
                // Whose the missing rows are is unknown: none of these people may be taken for somebody without a record.
                guard rowCount >= totalSize else {
                    throw unreadable(answer, "a query's answer holds \(rowCount) of \(totalSize) records")
                }
                return search.ended(query, strangers: strangers, unclear: unclearMatch(configuration))
            }
            body = try await connection.call(.get, path, for: configuration, words: people, tally: &tally).value
        }
        throw CallFailure(
            failures.own(
                .record,
                reason: "TOO_MANY_MATCHES",
                message: "more than \(limits.pagesMax) pages of records match"
            )
        )
    }

    private func unreadable(_ answer: OrgConnection.Answer, _ message: String) -> CallFailure {
        CallFailure(failures.unreadable(answer.response, reason: "UNREADABLE_ANSWER", message: message))
    }

    private func remember(
        _ outcomes: [FindOutcome],
        _ known: [FindOutcome?],
        _ people: [String],
        _ configuration: Configuration,
        since snapshot: MatchStore.Snapshot
    ) {
        var found: [(person: String, records: [FoundRecord])] = []
        for (index, outcome) in outcomes.enumerated() where known[index] == nil {
            if case .found(let records) = outcome { found.append((people[index], records)) }
        }
        matches.insert(found, for: configuration, since: snapshot, at: now())
    }

    private func unclearMatch(_ configuration: Configuration) -> Failure {
        failures.own(
            .record,
            reason: "UNCLEAR_MATCH",
            message: "a record was found whose \(configuration.matchField) is not the person's: correct it there",
            fields: [configuration.matchField]
        )
    }

    private func invalidMatchField(_ configuration: Configuration) -> Failure {
        failures.own(
            .configuration,
            reason: "INVALID_MATCH_FIELD",
            message: "properties.match_field is not the API name of a field",
            fields: [String(configuration.matchField.prefix(80))]
        )
    }
}

extension FindOutcome {
    /// The failure, if it is one.
    var failure: Failure? {
        if case .failed(let failure) = self { failure } else { nil }
    }
}
