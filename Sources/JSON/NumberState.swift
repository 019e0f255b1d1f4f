/// How far a number has been read.
enum NumberState {
    case start
    case minus
    case zero
    case integer
    case point
    case fraction
    case exponent
    case exponentSign
    case exponentDigits

    /// True where the number may end.
    var isComplete: Bool {
        switch self {
        case .zero, .integer, .fraction, .exponentDigits: true
        case .start, .minus, .point, .exponent, .exponentSign: false
        }
    }

    /// The state after one more byte, or nil where that byte is not part of the number.
    @inline(__always)
    func after(_ byte: UInt8) -> Self? {
        let isDigit = byte &- 0x30 <= 9
        switch self {
        case .integer where isDigit, .fraction where isDigit, .exponentDigits where isDigit:
            return self
        case .start:
            if byte == UInt8(ascii: "-") { return .minus }
            return byte == UInt8(ascii: "0") ? .zero : isDigit ? .integer : nil
        case .minus:
            return byte == UInt8(ascii: "0") ? .zero : isDigit ? .integer : nil
        case .zero, .integer:
            if byte == UInt8(ascii: ".") { return .point }
            return isExponent(byte) ? .exponent : nil
        case .point:
            return isDigit ? .fraction : nil
        case .fraction:
            return isExponent(byte) ? .exponent : nil
        case .exponent:
            if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { return .exponentSign }
            return isDigit ? .exponentDigits : nil
        case .exponentSign:
            return isDigit ? .exponentDigits : nil
        case .exponentDigits:
            return nil
        }
    }

    private func isExponent(_ byte: UInt8) -> Bool {
        byte | 0x20 == UInt8(ascii: "e")
    }
}
