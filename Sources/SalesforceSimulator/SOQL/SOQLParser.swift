/// Reads the subset of SOQL that integrations use; everything else is MALFORMED_QUERY, as in an org.
struct SOQLParser {
    private var tokens: [SOQLLexer.Token] = []
    private var index = 0
    private let text: String

    static let lengthMax = 100_000
    static let literalLengthMax = 4_000

    private init(_ text: String) {
        self.text = text
    }

    static func parse(_ text: String) throws(APIError) -> SOQLQuery {
        guard text.utf8.count <= lengthMax else {
            throw .malformedQuery("SOQL statements cannot be longer than \(lengthMax) characters.")
        }
        var parser = SOQLParser(text)
        var lexer = SOQLLexer(text)
        parser.tokens = try lexer.tokens()
        return try parser.query()
    }

    private mutating func query() throws(APIError) -> SOQLQuery {
        try expectKeyword("SELECT")
        var columns = [try column()]
        while takeSymbol(",") {
            columns.append(try column())
        }
        try expectKeyword("FROM")
        var query = SOQLQuery(columns: columns, objectName: try name())
        if takeKeyword("WHERE") {
            query.condition = try anyOf()
        }
        if takeKeyword("WITH") {
            _ = try name()
        }
        if takeKeyword("ORDER") {
            try expectKeyword("BY")
            query.order = [try ordering()]
            while takeSymbol(",") {
                query.order.append(try ordering())
            }
        }
        if takeKeyword("LIMIT") {
            query.limit = try count()
        }
        if takeKeyword("OFFSET") {
            query.offset = try count()
        }
        guard current == .end else {
            throw unexpected()
        }
        return query
    }

    private mutating func column() throws(APIError) -> SOQLQuery.Column {
        let name = try name()
        guard name.uppercased() == "COUNT", takeSymbol("(") else {
            return .field(name)
        }
        if takeSymbol(")") {
            return .count
        }
        let argument = try self.name()
        try expectSymbol(")")
        return .countOf(argument)
    }

    private mutating func ordering() throws(APIError) -> SOQLQuery.Ordering {
        let field = try name()
        let isDescending = takeKeyword("DESC")
        if !isDescending {
            _ = takeKeyword("ASC")
        }
        var nullsLast = false
        if takeKeyword("NULLS") {
            nullsLast = takeKeyword("LAST")
            if !nullsLast {
                try expectKeyword("FIRST")
            }
        }
        return SOQLQuery.Ordering(field: field, isDescending: isDescending, nullsLast: nullsLast)
    }

    private mutating func anyOf() throws(APIError) -> SOQLQuery.Condition {
        let first = try term()
        if isKeyword("AND") {
            var parts = [first]
            while takeKeyword("AND") {
                parts.append(try term())
            }
            // SOQL does not rank AND over OR: a mixture must be parenthesised.
            guard !isKeyword("OR") else {
                throw unexpected()
            }
            return .and(parts)
        }
        guard isKeyword("OR") else {
            return first
        }
        var parts = [first]
        while takeKeyword("OR") {
            parts.append(try term())
        }
        guard !isKeyword("AND") else {
            throw unexpected()
        }
        return .or(parts)
    }

    private mutating func term() throws(APIError) -> SOQLQuery.Condition {
        if takeKeyword("NOT") {
            return .not(try term())
        }
        if takeSymbol("(") {
            let condition = try anyOf()
            try expectSymbol(")")
            return condition
        }
        let field = try name()
        if takeKeyword("IN") {
            return .within(field, try literals(), isNegated: false)
        }
        if takeKeyword("NOT") {
            try expectKeyword("IN")
            return .within(field, try literals(), isNegated: true)
        }
        if takeKeyword("LIKE") {
            return .compare(field, .like, try literal(forLike: true))
        }
        if takeKeyword("INCLUDES") {
            return .or(try literals().map { .compare(field, .includes, $0) })
        }
        if takeKeyword("EXCLUDES") {
            return .and(try literals().map { .compare(field, .excludes, $0) })
        }
        return .compare(field, try comparison(), try literal(forLike: false))
    }

    private mutating func comparison() throws(APIError) -> SOQLQuery.Comparison {
        for (symbol, comparison) in Self.comparisons where takeSymbol(symbol) {
            return comparison
        }
        throw unexpected()
    }

    private mutating func literals() throws(APIError) -> [SOQLQuery.Literal] {
        try expectSymbol("(")
        var literals = [try literal(forLike: false)]
        while takeSymbol(",") {
            literals.append(try literal(forLike: false))
        }
        try expectSymbol(")")
        return literals
    }

    private mutating func literal(forLike: Bool) throws(APIError) -> SOQLQuery.Literal {
        let literal: SOQLQuery.Literal
        switch current {
        case .string(let text, let hasLikeEscapes):
            guard !hasLikeEscapes || forLike else {
                throw .malformedQuery("Invalid string literal: illegal escape")
            }
            guard text.utf8.count <= Self.literalLengthMax else {
                throw .malformedQuery("string literal exceeds \(Self.literalLengthMax) characters")
            }
            literal = .string(text)
        case .literal(let text):
            literal = .bare(text)
        case .word(let word):
            switch word.uppercased() {
            case "TRUE": literal = .bool(true)
            case "FALSE": literal = .bool(false)
            case "NULL": literal = .null
            default: throw unexpected()
            }
        default:
            throw unexpected()
        }
        index += 1
        return literal
    }

    private mutating func count() throws(APIError) -> Int {
        guard case .literal(let text) = current, let count = Int(text), count >= 0 else {
            throw unexpected()
        }
        index += 1
        return count
    }

    private mutating func name() throws(APIError) -> String {
        guard case .word(let name) = current else {
            throw unexpected()
        }
        index += 1
        return name
    }

    private var current: SOQLLexer.Token.Kind {
        tokens[index].kind
    }

    private func isKeyword(_ keyword: String) -> Bool {
        guard case .word(let word) = current else {
            return false
        }
        return word.uppercased() == keyword
    }

    private mutating func takeKeyword(_ keyword: String) -> Bool {
        guard isKeyword(keyword) else {
            return false
        }
        index += 1
        return true
    }

    private mutating func takeSymbol(_ symbol: String) -> Bool {
        guard current == .symbol(symbol) else {
            return false
        }
        index += 1
        return true
    }

    private mutating func expectKeyword(_ keyword: String) throws(APIError) {
        guard takeKeyword(keyword) else {
            throw unexpected()
        }
    }

    private mutating func expectSymbol(_ symbol: String) throws(APIError) {
        guard takeSymbol(symbol) else {
            throw unexpected()
        }
    }

    private func unexpected() -> APIError {
        let token: String
        switch current {
        case .word(let text), .literal(let text), .symbol(let text): token = text
        case .string(let text, _): token = "'\(text)'"
        case .end: token = "<EOF>"
        }
        let pointer = SOQLPointer.text(in: text, at: tokens[index].offset)
        return .malformedQuery("\(pointer)\nunexpected token: '\(token)'")
    }

    private static let comparisons: [(String, SOQLQuery.Comparison)] = [
        ("=", .equal), ("!=", .notEqual), ("<>", .notEqual), ("<=", .lessOrEqual), (">=", .greaterOrEqual),
        ("<", .less), (">", .greater),
    ]
}

/// The excerpt with a caret that precedes SOQL error messages.
enum SOQLPointer {
    static func text(in statement: String, at offset: Int) -> String {
        let column = offset + 1
        let excerpt = String(decoding: statement.utf8.dropFirst(max(0, offset - 20)).prefix(40), as: UTF8.self)
        let caret = String(repeating: " ", count: min(offset, 20)) + "^"
        return "\n\(excerpt)\n\(caret)\nERROR at Row:1:Column:\(column)"
    }
}
