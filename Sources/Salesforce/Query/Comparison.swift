import JSON

/// How the values of a match field compare, so that rows come back to the people they were asked for.
struct Comparison: Sendable {
    private let isNumber: Bool
    private let isCaseSensitive: Bool

    init(_ field: FieldDescription?) {
        isNumber = field?.shape == .number
        isCaseSensitive = field?.isCaseSensitive ?? false
    }

    /// The person as a literal; nil when no value can equal it.
    func literal(_ person: String) -> String? {
        if isNumber { return FieldShape.isNumber(person) ? person : nil }
        // Salesforce takes the empty literal for null, which is everybody without a value.
        return person.allSatisfy(\.isWhitespace) ? nil : SOQL.literal(person)
    }

    /// What two equal values have in common.
    func key(_ text: String) -> String {
        if isNumber { return Double(text)?.description ?? text }
        let trimmed = trimmed(text)
        return isCaseSensitive ? trimmed : trimmed.lowercased()
    }

    /// The same of a row's value; nil for null.
    func key(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text), .number(let text): key(text)
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }

    private func trimmed(_ text: String) -> String {
        var text = text[...].drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return String(text)
    }
}
