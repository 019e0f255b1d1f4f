/// What may stand between the quotes of a string: plain ASCII, escapes, well-formed UTF-8.
///
/// A wrong byte is the first one after which no text could be right. In a lone low surrogate (`\udc00`) that is the
/// digit after the `d`; after a lone high surrogate (`\ud800`) it is the first byte that does not belong to the escape
/// of a low one. A cut escape or character is looked at again when more is there: at most eleven bytes.
enum StringGrammar {
    /// One escape or one character beyond ASCII.
    enum Sequence {
        case whole(length: Int)
        /// The bytes at hand are right, but there must be more.
        case cut
        /// The byte this far on cannot be right.
        case wrong(distance: Int)
    }

    /// The first place from `start` on that needs a look: a quote, a backslash, a control character, a byte beyond
    /// ASCII, or the end.
    @inline(__always)
    static func endOfPlainRun(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var position = start
        while position &+ 8 <= bytes.count {
            let special = specials(bytes.word(position))
            guard special == 0 else { return position &+ special.trailingZeroBitCount >> 3 }
            position &+= 8
        }
        while position < bytes.count {
            let byte = bytes[position]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            position &+= 1
        }
        return position
    }

    /// The high bit of each of eight bytes that needs a look.
    ///
    /// A borrow may raise bits above the lowest one raised, so only the lowest is exact.
    @inline(__always)
    static func specials(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let controls = (word &- ones &* 0x20) & ~word
        return ((quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes | controls | word) & (ones &* 0x80)
    }

    /// Reads the escape or the character beyond ASCII that starts here.
    @inline(never)
    static func sequence(_ bytes: Span<UInt8>, at start: Int) -> Sequence {
        bytes[start] == UInt8(ascii: "\\") ? escape(bytes, at: start) : character(bytes, at: start)
    }

    private static func escape(_ bytes: Span<UInt8>, at start: Int) -> Sequence {
        guard start + 1 < bytes.count else { return .cut }
        switch bytes[start + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return .whole(length: 2)
        case UInt8(ascii: "u"):
            break
        default:
            return .wrong(distance: 1)
        }
        var isSurrogate = false
        for distance in 2..<6 {
            guard start + distance < bytes.count else { return .cut }
            guard let digit = hexDigit(bytes[start + distance]) else { return .wrong(distance: distance) }
            if distance == 2 { isSurrogate = digit == 0xD }
            if distance == 3, isSurrogate {
                guard digit < 0xC else { return .wrong(distance: 3) }
                isSurrogate = digit >= 8
            }
        }
        return isSurrogate ? lowSurrogate(bytes, at: start) : .whole(length: 6)
    }

    /// Reads the escape of a low surrogate, which must follow that of a high one.
    private static func lowSurrogate(_ bytes: Span<UInt8>, at start: Int) -> Sequence {
        for distance in 6..<12 {
            guard start + distance < bytes.count else { return .cut }
            let byte = bytes[start + distance]
            let isRight =
                switch distance {
                case 6: byte == UInt8(ascii: "\\")
                case 7: byte == UInt8(ascii: "u")
                case 8: byte | 0x20 == UInt8(ascii: "d")
                case 9: (hexDigit(byte) ?? 0) >= 0xC
                default: hexDigit(byte) != nil
                }
            guard isRight else { return .wrong(distance: distance) }
        }
        return .whole(length: 12)
    }

    /// Reads one character by table 3-7 of the Unicode standard: no overlong forms, no surrogates, nothing over
    /// U+10FFFF.
    private static func character(_ bytes: Span<UInt8>, at start: Int) -> Sequence {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[start] {
        case 0xC2...0xDF:
            length = 2
        case 0xE0...0xEF:
            length = 3
            if bytes[start] == 0xE0 { second = 0xA0...0xBF }
            if bytes[start] == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if bytes[start] == 0xF0 { second = 0x90...0xBF }
            if bytes[start] == 0xF4 { second = 0x80...0x8F }
        default:
            return .wrong(distance: 0)
        }
        for distance in 1..<length {
            guard start + distance < bytes.count else { return .cut }
            guard (distance == 1 ? second : 0x80...0xBF).contains(bytes[start + distance]) else {
                return .wrong(distance: distance)
            }
        }
        return .whole(length: length)
    }

    /// The value of a hexadecimal digit, nil for any other byte.
    static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte) - 0x61 + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte) - 0x41 + 10
        default: nil
        }
    }
}
