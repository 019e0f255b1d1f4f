/// A length in as few bytes as it needs, seven bits each, lowest first.
enum Varint {
    static func byteCount(_ value: Int) -> Int {
        max(1, (Int.bitWidth - value.leadingZeroBitCount + 6) / 7)
    }

    /// Stores over bytes that are already there.
    static func store(_ value: Int, in bytes: inout [UInt8], at start: Int) {
        var rest = value
        var offset = start
        while rest >= 0x80 {
            bytes[offset] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest >>= 7
            offset += 1
        }
        bytes[offset] = UInt8(rest)
    }

    /// Reads a length and moves the offset behind it; nil if it is cut short, over 32 bits, or longer than it needs be.
    static func read(_ bytes: RawSpan, at offset: inout Int) -> Int? {
        var value = 0
        var shift = 0
        while offset < bytes.byteCount, shift < 35 {
            let byte = bytes.integer(UInt8.self, at: offset)
            offset += 1
            value |= Int(byte & 0x7F) << shift
            if byte & 0x80 == 0 {
                return byte == 0 && shift > 0 ? nil : value
            }
            shift += 7
        }
        return nil
    }
}
