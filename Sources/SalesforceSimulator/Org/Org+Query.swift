import JSON

/// The rest of a query whose first pages were fetched.
struct QueryCursor: Sendable {
    var objectName: String
    var statement: String
    var positions: [Int]
}

extension Org {
    private static let cursorsMax = 100

    /// `GET /query?q=` and `/queryAll?q=`.
    mutating func query(
        _ statement: String,
        includingDeleted: Bool,
        _ context: CallContext
    ) throws(APIError) -> OrgResponse {
        let query = try SOQLParser.parse(statement)
        let evaluator = try evaluator(query, statement)
        let positions = try evaluator.positions(query, includingDeleted: includingDeleted)
        if query.columns.contains(.count) {
            guard query.columns.count == 1 else {
                throw .malformedQuery("COUNT() must be the only element in the select list")
            }
            return .json(
                .record([("totalSize", .int(positions.count)), ("done", .bool(true)), ("records", .array([]))])
            )
        }
        if query.columns.contains(where: { if case .countOf = $0 { true } else { false } }) {
            return .json(try aggregate(query, evaluator, positions))
        }
        let cursor = QueryCursor(objectName: evaluator.type.name, statement: statement, positions: positions)
        return .json(try page(cursor, query, evaluator, from: 0, key: nil, context))
    }

    /// `GET /query/LOCATOR-OFFSET`.
    mutating func queryPage(_ locator: String, _ context: CallContext) throws(APIError) -> OrgResponse {
        let parts = locator.split(separator: "-")
        guard parts.count == 2, let cursor = queryCursors[String(parts[0])], let start = Int(parts[1]),
            (0...cursor.positions.count).contains(start)
        else {
            throw APIError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        }
        let query = try SOQLParser.parse(cursor.statement)
        let evaluator = try evaluator(query, cursor.statement)
        return .json(try page(cursor, query, evaluator, from: start, key: String(parts[0]), context))
    }

    private func evaluator(_ query: SOQLQuery, _ statement: String) throws(APIError) -> SOQLEvaluator {
        guard let type = objectType(query.objectName) else {
            throw APIError(
                400,
                "INVALID_TYPE",
                "sObject type '\(query.objectName)' is not supported. If you are attempting to use a custom object, be "
                    + "sure to append the '__c' after the entity name. Please reference your WSDL or the describe call "
                    + "for the appropriate names."
            )
        }
        return SOQLEvaluator(type: type, schema: schema, tables: tables, statement: statement)
    }

    private mutating func page(
        _ cursor: QueryCursor,
        _ query: SOQLQuery,
        _ evaluator: SOQLEvaluator,
        from start: Int,
        key: String?,
        _ context: CallContext
    ) throws(APIError) -> JSONValue {
        var paths: [SOQLEvaluator.Path] = []
        for case .field(let name) in query.columns {
            paths.append(try evaluator.path(name))
        }
        let end = min(cursor.positions.count, start + pageRows(context))
        var rows: [JSONValue] = []
        for position in cursor.positions[start..<end] {
            guard let record = tables[cursor.objectName]?.records[position] else {
                continue
            }
            rows.append(row(record, paths, evaluator, context))
        }
        let isDone = end == cursor.positions.count
        if isDone, context.lacksLastRow { _ = rows.popLast() }
        var members: [(String, JSONValue)] = [
            ("totalSize", .int(cursor.positions.count)), ("done", .bool(isDone)),
        ]
        if !isDone {
            let locator = key ?? keep(cursor)
            members.append(("nextRecordsUrl", .string("\(context.dataPath)/query/\(locator)-\(end)")))
        }
        members.append(("records", .array(rows)))
        return .record(members)
    }

    private func row(
        _ record: Record,
        _ paths: [SOQLEvaluator.Path],
        _ evaluator: SOQLEvaluator,
        _ context: CallContext
    ) -> JSONValue {
        var row = JSONObject([("attributes", attributes(evaluator.type, record, context))])
        for path in paths {
            guard let relation = path.relation else {
                row[path.field.name] = record.value(path.field)
                continue
            }
            let name = relation.relationshipName ?? relation.name
            guard !record.value(relation).isNull else {
                row[name] = .null
                continue
            }
            var nested =
                row[name] ?? .record([("attributes", .record([("type", .string(relation.referenceTo ?? ""))]))])
            nested[path.field.name] = evaluator.value(path, of: record)
            row[name] = nested
        }
        return .object(row)
    }

    private func aggregate(
        _ query: SOQLQuery,
        _ evaluator: SOQLEvaluator,
        _ positions: [Int]
    ) throws(APIError) -> JSONValue {
        var members: [(String, JSONValue)] = [("attributes", .record([("type", .string("AggregateResult"))]))]
        for (index, column) in query.columns.enumerated() {
            guard case .countOf(let name) = column else {
                throw .malformedQuery("Field must be grouped or aggregated")
            }
            let path = try evaluator.path(name)
            let count = positions.count { position in
                guard let record = tables[evaluator.type.name]?.records[position] else {
                    return false
                }
                return !evaluator.value(path, of: record).isNull
            }
            members.append(("expr\(index)", .int(count)))
        }
        return .record([("totalSize", .int(1)), ("done", .bool(true)), ("records", .array([.record(members)]))])
    }

    private func pageRows(_ context: CallContext) -> Int {
        let options = context.request.header("sforce-query-options") ?? ""
        guard let asked = options.split(separator: "=").last.flatMap({ Int($0) }) else {
            return settings.queryPageRows
        }
        return min(max(asked, 200), 2_000)
    }

    private mutating func keep(_ cursor: QueryCursor) -> String {
        if queryCursors.count >= Self.cursorsMax, let oldest = queryCursors.keys.min() {
            queryCursors[oldest] = nil
        }
        let key = RecordID.make(prefix: "01g", number: makeNumber())
        queryCursors[key] = cursor
        return key
    }
}
