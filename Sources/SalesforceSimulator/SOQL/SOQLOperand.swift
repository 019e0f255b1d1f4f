import JSON

/// A literal checked against the type of the field it is compared with.
struct SOQLOperand {
    let key: Key
    private let field: Field

    /// A value in the form in which SOQL compares it: texts without case, times as moments.
    enum Key: Hashable, Comparable {
        case null
        case bool(Bool)
        case number(Double)
        case text(String)

        static func < (left: Key, right: Key) -> Bool {
            switch (left, right) {
            case (.number(let first), .number(let second)): first < second
            case (.text(let first), .text(let second)): first < second
            case (.bool(let first), .bool(let second)): !first && second
            default: left.rank < right.rank
            }
        }

        private var rank: Int {
            switch self {
            case .null: 0
            case .bool: 1
            case .number: 2
            case .text: 3
            }
        }
    }

    init(_ literal: SOQLQuery.Literal, for field: Field) throws(APIError) {
        self.field = field
        key = try Self.key(literal, field)
    }

    func matches(_ value: JSONValue, _ comparison: SOQLQuery.Comparison) -> Bool {
        let actual = Self.key(value, field)
        switch comparison {
        case .equal: return actual == key
        case .notEqual: return actual != key
        case .less: return actual != .null && key != .null && actual < key
        case .lessOrEqual: return actual == key || (actual != .null && key != .null && actual < key)
        case .greater: return actual != .null && key != .null && key < actual
        case .greaterOrEqual: return actual == key || (actual != .null && key != .null && key < actual)
        case .like: return isLike(actual)
        case .includes: return includes(actual)
        case .excludes: return !includes(actual)
        }
    }

    static func key(_ value: JSONValue, _ field: Field) -> Key {
        if let flag = value.boolValue {
            return .bool(flag)
        }
        if let number = value.doubleValue {
            return .number(number)
        }
        guard let text = value.stringValue else {
            return .null
        }
        switch field.type {
        case .date, .datetime:
            return OrgTime.parse(text).map { .number(Double($0.time.milliseconds)) } ?? .text(text)
        case .id, .reference:
            return .text(text)
        default:
            // An empty text is null to Salesforce.
            return text.isEmpty ? .null : .text(text.lowercased())
        }
    }

    private static func key(_ literal: SOQLQuery.Literal, _ field: Field) throws(APIError) -> Key {
        switch (literal, field.type) {
        case (.null, _):
            return .null
        case (.bool(let flag), .boolean):
            return .bool(flag)
        case (_, .boolean):
            throw wrongType("boolean", field, quoted: false)
        case (.string(let text), .id), (.string(let text), .reference):
            if text.isEmpty {
                return .null
            }
            guard let id = RecordID.canonical(text) else {
                throw APIError(400, "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: \(text)")
            }
            return .text(id)
        case (.bare(let text), .date), (.bare(let text), .datetime):
            guard let (time, _) = OrgTime.parse(text) else {
                throw wrongType(field.type.rawValue, field, quoted: false)
            }
            return .number(Double(time.milliseconds))
        case (_, .date), (_, .datetime):
            throw wrongType(field.type.rawValue == "datetime" ? "dateTime" : "date", field, quoted: false)
        case (.bare(let text), .int), (.bare(let text), .double):
            guard let number = Double(text) else {
                throw wrongType(field.type.rawValue, field, quoted: false)
            }
            return .number(number)
        case (_, .int), (_, .double):
            throw wrongType(field.type.rawValue, field, quoted: false)
        case (.string(let text), _):
            guard field.type != .textarea || field.length <= 255 else {
                throw .invalidField("field '\(field.name)' can not be filtered in a query call")
            }
            return text.isEmpty ? .null : .text(text.lowercased())
        default:
            throw wrongType("string", field, quoted: true)
        }
    }

    private static func wrongType(_ type: String, _ field: Field, quoted: Bool) -> APIError {
        .invalidField(
            "value of filter criterion for field '\(field.name)' must be of type \(type) and should "
                + "\(quoted ? "" : "not ")be enclosed in quotes"
        )
    }

    private func includes(_ actual: Key) -> Bool {
        guard case .text(let wanted) = key, case .text(let list) = actual else {
            return false
        }
        let chosen = list.split(separator: ";")
        return wanted.split(separator: ";").allSatisfy { chosen.contains($0) }
    }

    private func isLike(_ actual: Key) -> Bool {
        guard case .text(let pattern) = key, case .text(let text) = actual else {
            return false
        }
        return Self.like(Array(text), LikePart.parts(pattern))
    }

    private enum LikePart: Equatable {
        case any
        case one
        case exactly(Character)

        static func parts(_ pattern: String) -> [LikePart] {
            var parts: [LikePart] = []
            var isEscaped = false
            for character in pattern {
                if isEscaped {
                    parts.append(.exactly(character))
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else {
                    parts.append(character == "%" ? .any : character == "_" ? .one : .exactly(character))
                }
            }
            return parts
        }
    }

    private static func like(_ text: [Character], _ pattern: [LikePart]) -> Bool {
        // Greedy matching that goes back to the latest `%` only: linear in practice.
        var (textIndex, patternIndex) = (0, 0)
        var retry: (text: Int, pattern: Int)?
        while textIndex < text.count {
            if patternIndex < pattern.count, pattern[patternIndex] == .any {
                retry = (textIndex, patternIndex)
                patternIndex += 1
            } else if patternIndex < pattern.count,
                pattern[patternIndex] == .one || pattern[patternIndex] == .exactly(text[textIndex])
            {
                textIndex += 1
                patternIndex += 1
            } else if let back = retry {
                retry = (back.text + 1, back.pattern)
                (textIndex, patternIndex) = (back.text + 1, back.pattern + 1)
            } else {
                return false
            }
        }
        return pattern[patternIndex...].allSatisfy { $0 == .any }
    }
}
