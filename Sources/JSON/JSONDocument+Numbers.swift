extension JSONDocument {
    /// The value of a number as an integer, however it is spelled (`1e2` is 100); nil where it is none or does not fit.
    package func int64(_ node: JSONNode) -> Int64? {
        let entry = entry(node)
        guard entry.is(.number) else { return nil }
        guard !entry.isMarked, entry.extent <= 18 else { return decimal(entry).int64 }
        let span = bytes.span
        let range = range(entry)
        let isNegative = span[range.lowerBound] == UInt8(ascii: "-")
        var value: Int64 = 0
        for index in range.lowerBound + (isNegative ? 1 : 0)..<range.upperBound {
            value = value &* 10 &+ Int64(span[index] & 0xF)
        }
        return isNegative ? -value : value
    }

    /// The value of a number as the nearest `Double`; nil where it is none or beyond the finite ones.
    package func double(_ node: JSONNode) -> Double? {
        guard let text = numberText(node), let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// A number as it was written, nil for any other value.
    package func numberText(_ node: JSONNode) -> String? {
        let entry = entry(node)
        return entry.is(.number) ? String(decoding: bytes[range(entry)], as: UTF8.self) : nil
    }

    /// The exact value of a number, nil for any other value.
    package func decimal(_ node: JSONNode) -> JSONDecimal? {
        let entry = entry(node)
        return entry.is(.number) ? decimal(entry) : nil
    }

    func decimal(_ entry: TapeEntry) -> JSONDecimal {
        JSONDecimal(bytes.span.extracting(range(entry)))
    }
}
