/// Splits a SOQL statement into tokens.
struct SOQLLexer {
    /// One token and the byte offset where it starts.
    struct Token: Equatable {
        var kind: Kind
        var offset: Int

        enum Kind: Equatable {
            case word(String)
            case string(String, hasLikeEscapes: Bool)
            case literal(String)
            case symbol(String)
            case end
        }
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    mutating func tokens() throws(APIError) -> [Token] {
        var tokens: [Token] = []
        while true {
            let token = try next()
            tokens.append(token)
            if token.kind == .end {
                return tokens
            }
        }
    }

    private mutating func next() throws(APIError) -> Token {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
            position += 1
        }
        let start = position
        guard position < bytes.count else {
            return Token(kind: .end, offset: start)
        }
        let byte = bytes[position]
        if byte == UInt8(ascii: "'") {
            return Token(kind: try string(), offset: start)
        }
        if Self.isNameStart(byte) {
            let name = run { Self.isNameStart($0) || Self.isDigit($0) || $0 == UInt8(ascii: ".") }
            return Token(kind: .word(name), offset: start)
        }
        if Self.isDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
            let text = run { Self.isDigit($0) || "-:+.TZeE".utf8.contains($0) }
            return Token(kind: .literal(text), offset: start)
        }
        for symbol in ["!=", "<>", "<=", ">=", "(", ")", ",", "=", "<", ">"]
        where bytes[position...].starts(with: symbol.utf8) {
            position += symbol.utf8.count
            return Token(kind: .symbol(symbol), offset: start)
        }
        let character = Unicode.Scalar(byte)
        throw .malformedQuery("unexpected token: '\(character)'")
    }

    private mutating func string() throws(APIError) -> Token.Kind {
        position += 1
        var text: [UInt8] = []
        var hasLikeEscapes = false
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "'") {
                return .string(String(decoding: text, as: UTF8.self), hasLikeEscapes: hasLikeEscapes)
            }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            guard position < bytes.count else {
                break
            }
            let escaped = bytes[position]
            position += 1
            if escaped == UInt8(ascii: "%") || escaped == UInt8(ascii: "_") {
                hasLikeEscapes = true
                text += [byte, escaped]
            } else {
                text += try unescaped(escaped)
            }
        }
        throw .malformedQuery("Bind variables only allowed in Apex code or unterminated string literal")
    }

    private mutating func unescaped(_ byte: UInt8) throws(APIError) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "n"), UInt8(ascii: "N"): return [0x0A]
        case UInt8(ascii: "r"), UInt8(ascii: "R"): return [0x0D]
        case UInt8(ascii: "t"), UInt8(ascii: "T"): return [0x09]
        case UInt8(ascii: "b"), UInt8(ascii: "B"): return [0x08]
        case UInt8(ascii: "f"), UInt8(ascii: "F"): return [0x0C]
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "\\"): return [byte]
        case UInt8(ascii: "u"):
            guard let value = UInt32(String(decoding: bytes[position...].prefix(4), as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(value)
            else {
                throw .malformedQuery("Illegal unicode escape in string literal")
            }
            position += 4
            return Array(String(Character(scalar)).utf8)
        default:
            throw .malformedQuery("Invalid string literal: illegal escape '\\\(Unicode.Scalar(byte))'")
        }
    }

    private mutating func run(while matches: (UInt8) -> Bool) -> String {
        let start = position
        position += 1
        while position < bytes.count, matches(bytes[position]) {
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isNameStart(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte)
    }
}
