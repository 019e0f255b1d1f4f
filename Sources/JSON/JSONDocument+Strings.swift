extension JSONDocument {
    /// The text of a string or a member name with its escapes resolved, nil for any other value.
    package func string(_ node: JSONNode) -> String? {
        let entry = entry(node)
        guard entry.is(.string) else { return nil }
        guard entry.isMarked else { return String(decoding: bytes[range(entry)], as: UTF8.self) }
        return String(decoding: unescaped(entry), as: UTF8.self)
    }

    /// The UTF-8 bytes of a string or a member name with its escapes resolved, nil for any other value.
    package func stringBytes(_ node: JSONNode) -> [UInt8]? {
        let entry = entry(node)
        guard entry.is(.string) else { return nil }
        return entry.isMarked ? unescaped(entry) : Array(bytes[range(entry)])
    }

    /// The number of UTF-8 bytes of a string with its escapes resolved, nil for any other value.
    package func stringByteCount(_ node: JSONNode) -> Int? {
        let entry = entry(node)
        guard entry.is(.string) else { return nil }
        guard entry.isMarked else { return entry.extent }
        var count = 0
        var reader = UnescapingReader(range(entry))
        while reader.next(in: bytes.span) != nil {
            count += 1
        }
        return count
    }

    /// True for a string or a member name whose resolved text has the same UTF-8 bytes as `other`.
    package func stringEquals(_ node: JSONNode, _ other: String) -> Bool {
        let entry = entry(node)
        guard entry.is(.string) else { return false }
        let span = other.utf8.span
        guard entry.isMarked else {
            return entry.extent == span.count && equal(bytes.span, range(entry).lowerBound, span, 0, count: span.count)
        }
        var reader = UnescapingReader(range(entry))
        for index in span.indices {
            guard reader.next(in: bytes.span) == span[index] else { return false }
        }
        return reader.next(in: bytes.span) == nil
    }

    /// True where two strings have the same resolved text, however they are written.
    func stringsAreEqual(_ one: TapeEntry, _ other: TapeEntry) -> Bool {
        if !one.isMarked, !other.isMarked {
            guard one.extent == other.extent else { return false }
            let span = bytes.span
            return equal(span, range(one).lowerBound, span, range(other).lowerBound, count: one.extent)
        }
        var reader = UnescapingReader(range(one))
        var otherReader = UnescapingReader(range(other))
        while let byte = reader.next(in: bytes.span) {
            guard otherReader.next(in: bytes.span) == byte else { return false }
        }
        return otherReader.next(in: bytes.span) == nil
    }

    func unescaped(_ entry: TapeEntry) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(entry.extent)
        var reader = UnescapingReader(range(entry))
        while let byte = reader.next(in: bytes.span) {
            result.append(byte)
        }
        return result
    }

    @inline(__always)
    private func equal(_ one: Span<UInt8>, _ start: Int, _ other: Span<UInt8>, _ otherStart: Int, count: Int) -> Bool {
        var done = 0
        while done &+ 8 <= count {
            guard one.word(start &+ done) == other.word(otherStart &+ done) else { return false }
            done &+= 8
        }
        return one.word(start &+ done, count: count &- done) == other.word(otherStart &+ done, count: count &- done)
    }
}

/// Reads the resolved UTF-8 bytes of a validated string one by one.
struct UnescapingReader {
    private var position: Int
    private let end: Int
    /// Bytes of the current character still to be handed out, the next one lowest.
    private var pending: UInt32 = 0
    private var pendingCount = 0

    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    mutating func next(in bytes: Span<UInt8>) -> UInt8? {
        if pendingCount > 0 { return takePending() }
        guard position < end else { return nil }
        let byte = bytes[position]
        position += 1
        guard byte == UInt8(ascii: "\\") else { return byte }
        let escaped = bytes[position]
        position += 1
        switch escaped {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"): break
        default: return escaped
        }
        var scalar = unit(in: bytes)
        if scalar & 0xF800 == 0xD800 {
            position += 2
            scalar = 0x10000 + (scalar & 0x3FF) << 10 + unit(in: bytes) & 0x3FF
        }
        encode(scalar)
        return takePending()
    }

    private mutating func takePending() -> UInt8 {
        let byte = UInt8(truncatingIfNeeded: pending)
        pending >>= 8
        pendingCount -= 1
        return byte
    }

    /// The UTF-16 unit that the next four digits spell.
    private mutating func unit(in bytes: Span<UInt8>) -> UInt32 {
        var unit: UInt32 = 0
        for index in position..<position + 4 {
            unit = unit << 4 | (StringGrammar.hexDigit(bytes[index]) ?? 0)
        }
        position += 4
        return unit
    }

    private mutating func encode(_ scalar: UInt32) {
        let tail = (0x80 | scalar & 0x3F, 0x80 | scalar >> 6 & 0x3F, 0x80 | scalar >> 12 & 0x3F)
        switch scalar {
        case 0..<0x80:
            (pending, pendingCount) = (scalar, 1)
        case 0x80..<0x800:
            (pending, pendingCount) = (0xC0 | scalar >> 6 | tail.0 << 8, 2)
        case 0x800..<0x10000:
            (pending, pendingCount) = (0xE0 | scalar >> 12 | tail.1 << 8 | tail.0 << 16, 3)
        default:
            (pending, pendingCount) = (0xF0 | scalar >> 18 | tail.2 << 8 | tail.1 << 16 | tail.0 << 24, 4)
        }
    }
}
