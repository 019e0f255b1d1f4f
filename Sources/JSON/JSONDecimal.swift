/// The value of a JSON number, exact and independent of its spelling: 1, 1.0 and 1e0 are equal, and so are 0 and -0.
package struct JSONDecimal: Hashable, Sendable {
    private(set) var isNegative = false
    /// The digits without zeros at either end as one integer, where they are at most 19; 0 for zero.
    private(set) var significand: UInt64 = 0
    /// The power of ten that the digits are multiplied by; 0 for zero.
    private(set) var exponent = 0
    /// The digits where they are more than 19 and, behind them, an exponent of absurd size as it was written.
    private(set) var spill: [UInt8] = []

    /// Reads a number that keeps to JSON's grammar.
    init(_ bytes: Span<UInt8>) {
        var index = 0
        isNegative = bytes[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        var digitCount = 0
        // Zeros that are part of the number only if another digit follows.
        var zeros = 0
        var fractionCount = 0
        var isInFraction = false
        while index < bytes.count, bytes[index] | 0x20 != UInt8(ascii: "e") {
            let byte = bytes[index]
            index += 1
            guard byte != UInt8(ascii: ".") else {
                isInFraction = true
                continue
            }
            if isInFraction { fractionCount += 1 }
            guard byte != UInt8(ascii: "0") else {
                if digitCount > 0 { zeros += 1 }
                continue
            }
            for _ in 0..<zeros {
                append(0, at: &digitCount)
            }
            zeros = 0
            append(UInt64(byte & 0xF), at: &digitCount)
        }
        guard digitCount > 0 else {
            self = JSONDecimal()
            return
        }
        exponent = zeros - fractionCount
        if index < bytes.count { addExponent(bytes, from: index + 1) }
    }

    private init() {}

    /// Reads a text, nil where it is no JSON number.
    package init?(_ text: String) {
        let span = text.utf8.span
        var state = NumberState.start
        for index in span.indices {
            guard let next = state.after(span[index]) else { return nil }
            state = next
        }
        guard state.isComplete else { return nil }
        self.init(span)
    }

    /// The value as an integer, nil where it is none or does not fit.
    package var int64: Int64? {
        guard spill.isEmpty, (0...18).contains(exponent) else { return nil }
        var magnitude = significand
        for _ in 0..<exponent {
            let (product, isOver) = magnitude.multipliedReportingOverflow(by: 10)
            guard !isOver else { return nil }
            magnitude = product
        }
        if isNegative {
            return magnitude <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
        }
        return Int64(exactly: magnitude)
    }

    private mutating func append(_ digit: UInt64, at digitCount: inout Int) {
        digitCount += 1
        if digitCount <= 19 {
            significand = significand * 10 + digit
            return
        }
        if spill.isEmpty { spill = Array(String(significand).utf8) }
        significand = 0
        spill.append(UInt8(digit) | 0x30)
    }

    private mutating func addExponent(_ bytes: Span<UInt8>, from start: Int) {
        var index = start
        let isBelow = bytes[index] == UInt8(ascii: "-")
        if isBelow || bytes[index] == UInt8(ascii: "+") { index += 1 }
        while index < bytes.count - 1, bytes[index] == UInt8(ascii: "0") {
            index += 1
        }
        guard bytes.count - index <= 15 else {
            spill.append(isBelow ? UInt8(ascii: "-") : UInt8(ascii: "+"))
            for place in index..<bytes.count {
                spill.append(bytes[place])
            }
            return
        }
        var value = 0
        for place in index..<bytes.count {
            value = value * 10 + Int(bytes[place] & 0xF)
        }
        exponent += isBelow ? -value : value
    }
}
