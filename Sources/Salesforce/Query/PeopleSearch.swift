package import Consent
package import Delivery
package import JSON

/// Decides which queries find people's records and whose the rows are; it sends nothing itself.
package struct PeopleSearch: Sendable {
    private let people: [String]
    private let kind: RecordKind
    private let matchField: String
    private let fields: [String]
    private let comparison: Comparison
    private let limits: SalesforceLimits
    private var outcomes: [FindOutcome?]
    /// Everybody whom a query was about.
    private var asked: [Int] = []
    private var waiting: [Query] = []
    private var matches: [Int: Matches] = [:]

    /// Prepares the search for all people whose outcome is not known yet.
    ///
    /// The match field must be a field name; `description` refines what is selected and how values compare.
    package init(
        _ people: [String],
        known: [FindOutcome?],
        kind: RecordKind,
        matchField: String,
        description: ObjectDescription?,
        limits: SalesforceLimits
    ) {
        self.people = people
        self.kind = kind
        self.matchField = matchField
        self.limits = limits
        outcomes = known
        comparison = Comparison(description?[matchField])
        let extra: String? =
            switch kind {
            case .account: nil
            case .contact: "AccountId"
            case .lead: "IsConverted"
            }
        let isExtraVisible = extra.map { description == nil || description?[$0] != nil } ?? false
        fields =
            ["Id"] + (matchField.lowercased() == "id" ? [] : [matchField])
            + (isExtraVisible ? [extra].compactMap { $0 } : [])
        waiting = makeQueries()
        asked = waiting.flatMap(\.indices)
    }

    /// A statement, and whom it is about.
    package struct Query: Sendable {
        package var statement: String
        fileprivate var indices: [Int]
        fileprivate var isByID: Bool
    }

    /// Takes the next queries, as many as fit one call; empty when the search is over.
    package mutating func next() -> [Query] {
        let queries = Array(waiting.prefix(limits.statementsPerCall))
        waiting.removeFirst(queries.count)
        return queries
    }

    /// Takes rows of a query, of one page or of all, and returns how many of them are nobody's.
    @discardableResult
    package mutating func take(_ rows: [JSONObject], of query: Query) -> Int {
        var indicesByKey: [String: [Int]] = [:]
        for index in query.indices {
            indicesByKey[query.isByID ? idKey(people[index]) : comparison.key(people[index]), default: []].append(index)
        }
        var strangers = 0
        for row in rows {
            let id = row.value("Id")?.stringValue
            let key = query.isByID ? id.map(idKey) : row.value(matchField).flatMap(comparison.key)
            guard let id, let key, let indices = indicesByKey[key] else {
                strangers += 1
                continue
            }
            let isConverted = row.value("IsConverted")?.boolValue ?? false
            let record = FoundRecord(id: id, parentID: row.value("AccountId")?.stringValue)
            for index in indices {
                matches[index, default: Matches()].add(record, isConverted: isConverted)
            }
        }
        return strangers
    }

    /// Ends a query of which every row was taken.
    ///
    /// A row that is nobody's may be somebody's whose value the org compares in another way: whoever got none is asked for
    /// alone, and has a record that is `unclear` if there is such a row again. Nobody is created on top of one.
    package mutating func ended(_ query: Query, strangers: Int, unclear: Failure) {
        guard strangers > 0 else { return }
        let missing = query.indices.filter { matches[$0] == nil }
        if query.indices.count == 1 {
            settle(missing, .failed(unclear))
        } else {
            ask(missing, isByID: query.isByID)
        }
    }

    /// Takes the failure of a query; one that a single person may be the reason for is asked again in parts.
    package mutating func failed(_ query: Query, _ failure: CallFailure) {
        // The rest of a statement is always the same: what cannot be read is more likely one of its people.
        let isMalformed = failure.failure.reason == "MALFORMED_QUERY" && query.indices.count > 1
        guard failure.failure.kind == .batch || isMalformed else {
            return settle(query.indices, .failed(failure.failure))
        }
        guard query.indices.count > 1 else {
            return settle(query.indices, .failed(failure.alone))
        }
        ask(query.indices, isByID: query.isByID)
    }

    /// Asks for these people again, in as many parts as fit one call.
    private mutating func ask(_ indices: [Int], isByID: Bool) {
        guard !indices.isEmpty else { return }
        let size = (indices.count + limits.statementsPerCall - 1) / limits.statementsPerCall
        for start in stride(from: 0, to: indices.count, by: size) {
            let part = Array(indices[start..<min(start + size, indices.count)])
            waiting.append(makeQuery(part, isByID: isByID))
        }
    }

    /// One outcome for each person, once the search is over.
    package func finished() -> [FindOutcome] {
        outcomes.indices.map { index in
            if let outcome = outcomes[index] { return outcome }
            guard let found = matches[index] else { return .notFound }
            if !found.records.isEmpty { return .found(found.records) }
            return found.hasConverted ? .converted : .notFound
        }
    }

    /// Why nobody could be asked for, where an administrator must mend that: it is about the query and not about its people.
    package var refusal: Failure? {
        let refusal = Failure.refusal(in: asked.map { outcomes[$0]?.failure })
        // A query that cannot be read and had one person in it alone: that person is as likely the reason.
        return asked.count == 1 && refusal?.reason == "MALFORMED_QUERY" ? nil : refusal
    }

    private mutating func settle(_ indices: [Int], _ outcome: FindOutcome) {
        for index in indices { outcomes[index] = outcome }
    }

    private struct Matches: Sendable {
        var records: [FoundRecord] = []
        var hasConverted = false

        mutating func add(_ record: FoundRecord, isConverted: Bool) {
            if isConverted {
                hasConverted = true
            } else if !records.contains(where: { RecordID.isSame($0.id, record.id) }) {
                records.append(record)
            }
        }
    }
}

// MARK: Queries

extension PeopleSearch {
    private func makeQueries() -> [Query] {
        var byValue: [Int] = []
        var byID: [Int] = []
        for index in people.indices where outcomes[index] == nil {
            if RecordID(people[index], of: kind) != nil {
                byID.append(index)
            } else if let literal = comparison.literal(people[index]), matchField.lowercased() != "id",
                literal.unicodeScalars.count <= limits.literalCharactersMax
            {
                byValue.append(index)
            }
        }
        return chunks(byValue, isByID: false) + chunks(byID, isByID: true)
    }

    /// As many people per statement as its two limits allow.
    private func chunks(_ indices: [Int], isByID: Bool) -> [Query] {
        var queries: [Query] = []
        var chunk: [Int] = []
        // Names of fields and objects are far shorter.
        var characters = Self.statementOverhead
        for index in indices {
            let length = (isByID ? 20 : literalLength(index)) + 1
            if chunk.count == limits.peoplePerStatement || characters + length > limits.statementCharactersMax {
                queries.append(makeQuery(chunk, isByID: isByID))
                chunk = []
                characters = Self.statementOverhead
            }
            chunk.append(index)
            characters += length
        }
        if !chunk.isEmpty { queries.append(makeQuery(chunk, isByID: isByID)) }
        return queries
    }

    private static let statementOverhead = 1_000

    private func literalLength(_ index: Int) -> Int {
        comparison.literal(people[index])?.utf16.count ?? 0
    }

    private func makeQuery(_ indices: [Int], isByID: Bool) -> Query {
        let literals = indices.compactMap { index in
            isByID ? RecordID(people[index], of: kind).map { SOQL.literal($0.text) } : comparison.literal(people[index])
        }
        let statement = SOQL.lookup(
            kind,
            select: fields,
            where: isByID ? "Id" : matchField,
            isOneOf: literals
        )
        return Query(statement: statement, indices: indices, isByID: isByID)
    }

    private func idKey(_ text: String) -> String {
        RecordID(text)?.text ?? text
    }
}

extension JSONObject {
    /// The member of this name in any case: Salesforce answers with its own spelling of a field, not with ours.
    fileprivate func value(_ name: String) -> JSONValue? {
        self[name] ?? members.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
