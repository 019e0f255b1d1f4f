import Consent
import Delivery
import HTTPClient
import JSON

extension SalesforceWriter {
    /// Makes one collections call and reads what became of each record.
    ///
    /// If every record that was sent fails for want of an administrator, so does the call, whatever was not sent.
    func write(
        _ count: Int,
        for configuration: Configuration,
        method: HTTPMethod,
        draft: (Int, ObjectDescription?) throws(ShapeError) -> Draft
    ) async -> CallReport<WriteOutcome> {
        precondition(count <= limits.recordsPerCall, "more records than one call takes")
        guard count > 0 else { return CallReport(calls: 0) }
        var tally = CallTally()
        var sent: [Int] = []
        do {
            let description = try await description(for: configuration, tally: &tally)
            var outcomes = [WriteOutcome?](repeating: nil, count: count)
            var drafts: [(index: Int, draft: Draft)] = []
            for index in 0..<count {
                do {
                    drafts.append((index, try draft(index, description)))
                } catch {
                    outcomes[index] = .failed(misfit(error))
                }
            }
            let confirmed = self.confirmed.begin(drafts.map(\.draft), of: configuration, at: now())
            for (draft, attempt) in zip(drafts, confirmed) {
                if let attempt, let recordID = draft.draft.recordID {
                    outcomes[draft.index] = .unchanged(recordID: recordID, attempt)
                } else {
                    sent.append(draft.index)
                }
            }
            if !sent.isEmpty {
                let rest = zip(drafts, confirmed).compactMap { draft, attempt in attempt == nil ? draft.draft : nil }
                let written = try await send(rest, configuration, method, description, &tally)
                if let refusal = Failure.refusal(in: written.map(\.failure)) {
                    return CallReport(failure: refusal, usage: tally.usage, calls: tally.calls)
                }
                for (index, outcome) in zip(sent, written) { outcomes[index] = outcome }
            }
            return report(outcomes.compactMap { $0 }, failure: \.failure, tally)
        } catch {
            await noteFieldError(error.failure, configuration)
            return report(error, count: count, isAlone: sent.count == 1, tally)
        }
    }

    private func send(
        _ drafts: [Draft],
        _ configuration: Configuration,
        _ method: HTTPMethod,
        _ description: ObjectDescription?,
        _ tally: inout CallTally
    ) async throws(CallFailure) -> [WriteOutcome] {
        let words = drafts.compactMap(\.person)
        var body = RecordBody(configuration.recordKind, recordCount: drafts.count)
        for draft in drafts { body.add(id: draft.recordID, draft.fields) }
        let answer = try await connection.call(
            method,
            Self.path(configuration, "composite/sobjects"),
            body: body.finish(),
            for: configuration,
            words: words,
            tally: &tally
        )
        guard let items = CollectionsItem.items(answer.value, count: drafts.count) else {
            throw CallFailure(
                failures.unreadable(
                    answer.response,
                    reason: "RESULT_COUNT_MISMATCH",
                    message: "the answer does not hold one result for each record"
                )
            )
        }
        let context = ItemContext(
            response: answer.response,
            matchField: configuration.matchField,
            isUnique: description?[configuration.matchField]?.isUnique ?? false
        )
        let outcomes = zip(items, drafts).map { outcome($0, of: $1, context) }
        await learn(from: outcomes, drafts, configuration)
        return outcomes
    }

    private func learn(from outcomes: [WriteOutcome], _ drafts: [Draft], _ configuration: Configuration) async {
        var gone: [String] = []
        for (outcome, draft) in zip(outcomes, drafts) {
            guard let failure = outcome.failure else { continue }
            switch failure.kind {
            case .repairable, .convertedLead:
                if let recordID = draft.recordID { gone.append(recordID) }
            default: break
            }
        }
        matches.drop(recordIDs: gone, at: now())
        confirmed.learn(outcomes, drafts, of: configuration)
        if let failure = outcomes.lazy.compactMap(\.failure).first(where: Self.isFieldError) {
            await noteFieldError(failure, configuration)
        }
    }

    private func noteFieldError(_ failure: Failure, _ configuration: Configuration) async {
        guard Self.isFieldError(failure) else { return }
        await descriptions.invalidate(DescriptionStore.Key(configuration))
    }

    func misfit(_ error: ShapeError) -> Failure {
        failures.own(.record, reason: ShapeError.reason, message: error.description, fields: [error.field])
    }
}

// MARK: Reports

extension SalesforceWriter {
    /// A report of outcomes; an org that pauses every one of them has refused the whole call.
    func report<Outcome: Sendable>(
        _ outcomes: [Outcome],
        failure: (Outcome) -> Failure?,
        _ tally: CallTally
    ) -> CallReport<Outcome> {
        let failures = outcomes.compactMap(failure)
        if let first = failures.first, failures.count == outcomes.count,
            failures.allSatisfy({ $0.kind == .orgPause })
        {
            return CallReport(failure: first, usage: tally.usage, calls: tally.calls)
        }
        return CallReport(outcomes: outcomes, usage: tally.usage, calls: tally.calls)
    }

    /// A report of a call that failed as a whole; a record that was alone in it takes the failure itself.
    ///
    /// A refusal stays the call's: only so is a batch recognised of which nothing at all is accepted.
    private func report(
        _ error: CallFailure,
        count: Int,
        isAlone: Bool,
        _ tally: CallTally
    ) -> CallReport<WriteOutcome> {
        if count == 1, isAlone, error.failure.kind == .batch {
            guard error.alone.kind != .record else {
                return CallReport(failure: error.alone, usage: tally.usage, calls: tally.calls)
            }
            return CallReport(outcomes: [.failed(error.alone)], usage: tally.usage, calls: tally.calls)
        }
        return CallReport(failure: error.failure, usage: tally.usage, calls: tally.calls)
    }
}

extension Failure {
    /// The first of these, if there is any and every one needs an administrator.
    static func refusal(in failures: [Failure?]) -> Failure? {
        guard let first = failures.first, failures.allSatisfy({ $0?.kind == .configuration }) else { return nil }
        return first
    }
}

extension WriteOutcome {
    /// The failure, if it is one.
    var failure: Failure? {
        if case .failed(let failure) = self { failure } else { nil }
    }
}
