import JSON

/// A statement whose names were found in the schema, ready to be matched against rows.
struct SOQLEvaluator {
    let type: ObjectType
    let schema: [String: ObjectType]
    let tables: [String: Table]
    let statement: String

    /// A field of the row itself, or of the record that one of its reference fields names.
    struct Path {
        var relation: Field?
        var field: Field
    }

    /// Positions of the rows that a query selects, ordered and cut to its limit.
    func positions(_ query: SOQLQuery, includingDeleted: Bool) throws(APIError) -> [Int] {
        guard let table = tables[type.name] else {
            return []
        }
        let test = try query.condition.map { condition throws(APIError) in try compile(condition) }
        let indexed = query.condition.flatMap { candidates($0, table) }
        var found = (indexed ?? Array(table.records.indices)).filter { position in
            let record = table.records[position]
            return (includingDeleted || !record.isDeleted) && (test?(record) ?? true)
        }
        if !query.order.isEmpty {
            let keys = try query.order.map { ordering throws(APIError) in (try path(ordering.field), ordering) }
            found.sort { isBefore($0, $1, keys, table) }
        }
        return Array(found.dropFirst(query.offset).prefix(query.limit ?? Int.max))
    }

    func path(_ name: String) throws(APIError) -> Path {
        let parts = name.split(separator: ".").map(String.init)
        if parts.count == 1, let field = type.field(parts[0]), field.isVisible {
            return Path(field: field)
        }
        // The object's own name may be used as an alias in front of a field.
        if parts.count == 2, parts[0].lowercased() == type.name.lowercased() {
            return try path(parts[1])
        }
        if parts.count == 2 {
            let relation = type.fields.first { $0.relationshipName?.lowercased() == parts[0].lowercased() }
            if let relation, let field = relation.referenceTo.flatMap({ schema[$0]?.field(parts[1]) }), field.isVisible
            {
                return Path(relation: relation, field: field)
            }
            if relation == nil {
                throw .invalidField("Didn't understand relationship '\(parts[0])' in field path.")
            }
        }
        let offset = statement.firstUTF8Offset(of: name) ?? 0
        throw .invalidField(
            "\(SOQLPointer.text(in: statement, at: offset))\nNo such column '\(name)' on entity '\(type.name)'. "
                + "If you are attempting to use a custom field, be sure to append the '__c' after the custom field "
                + "name. Please reference your WSDL or the describe call for the appropriate names."
        )
    }

    func value(_ path: Path, of record: Record) -> JSONValue {
        guard let relation = path.relation else {
            return record.value(path.field)
        }
        guard let target = relation.referenceTo, let id = record.value(relation).stringValue,
            let table = tables[target],
            let position = table.position(of: id)
        else {
            return .null
        }
        return table.records[position].value(path.field)
    }

    private func compile(_ condition: SOQLQuery.Condition) throws(APIError) -> (Record) -> Bool {
        switch condition {
        case .and(let parts):
            let tests = try parts.map { part throws(APIError) in try compile(part) }
            return { record in tests.allSatisfy { $0(record) } }
        case .or(let parts):
            let tests = try parts.map { part throws(APIError) in try compile(part) }
            return { record in tests.contains { $0(record) } }
        case .not(let part):
            let test = try compile(part)
            return { record in !test(record) }
        case .compare(let name, let comparison, let literal):
            let path = try path(name)
            let operand = try SOQLOperand(literal, for: path.field)
            return { record in operand.matches(value(path, of: record), comparison) }
        case .within(let name, let literals, let isNegated):
            let path = try path(name)
            let operands = try literals.map { literal throws(APIError) in try SOQLOperand(literal, for: path.field) }
            let keys = Set(operands.map(\.key))
            return { record in
                keys.contains(SOQLOperand.key(value(path, of: record), path.field)) != isNegated
            }
        }
    }

    /// Rows an index says may match; nil when no index helps.
    private func candidates(_ condition: SOQLQuery.Condition, _ table: Table) -> [Int]? {
        switch condition {
        case .and(let parts):
            return parts.lazy.compactMap { candidates($0, table) }.first
        case .compare(let name, .equal, .string(let text)):
            return candidates(name, [.string(text)], table)
        case .within(let name, let literals, isNegated: false):
            return candidates(name, literals, table)
        default:
            return nil
        }
    }

    private func candidates(_ name: String, _ literals: [SOQLQuery.Literal], _ table: Table) -> [Int]? {
        guard let field = type.field(name) else {
            return nil
        }
        var positions: Set<Int> = []
        for literal in literals {
            guard case .string(let text) = literal else {
                return nil
            }
            if field.name == "Id" {
                if let position = RecordID.canonical(text).flatMap({ table.position(of: $0) }) {
                    positions.insert(position)
                }
            } else if table.hasIndex(on: field.name) {
                let key = field.type == .reference ? RecordID.canonical(text) ?? text : text
                positions.formUnion(table.positions(field: field.name, equals: key))
            } else {
                return nil
            }
        }
        return positions.sorted()
    }

    private func isBefore(
        _ left: Int,
        _ right: Int,
        _ keys: [(Path, SOQLQuery.Ordering)],
        _ table: Table
    ) -> Bool {
        for (path, ordering) in keys {
            let first = SOQLOperand.key(value(path, of: table.records[left]), path.field)
            let second = SOQLOperand.key(value(path, of: table.records[right]), path.field)
            if first == second {
                continue
            }
            if first == .null || second == .null {
                return (first == .null) != ordering.nullsLast
            }
            return (first < second) != ordering.isDescending
        }
        return left < right
    }
}

extension String {
    fileprivate func firstUTF8Offset(of part: String) -> Int? {
        let bytes = Array(utf8)
        let wanted = Array(part.utf8)
        guard !wanted.isEmpty, bytes.count >= wanted.count else {
            return nil
        }
        return (0...bytes.count - wanted.count).first { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
