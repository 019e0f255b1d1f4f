import CChecksum

extension RawSpan {
    /// Returns the little-endian integer at an offset.
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(_: Value.Type, at offset: Int) -> Value {
        Value(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// The CRC-32C of all bytes.
    var checksum: UInt32 {
        unsafe withUnsafeBytes { unsafe cchecksum_crc32c(0, $0.baseAddress, $0.count) }
    }

    /// Whether every byte is zero.
    var isZero: Bool {
        firstNonZeroOffset == nil
    }

    /// The offset of the first byte that is not zero.
    var firstNonZeroOffset: Int? {
        var offset = 0
        while offset + 8 <= byteCount, integer(UInt64.self, at: offset) == 0 {
            offset += 8
        }
        while offset < byteCount {
            if integer(UInt8.self, at: offset) != 0 { return offset }
            offset += 1
        }
        return nil
    }

    /// The number of bytes up to and including the last one that is not zero.
    var byteCountWithoutTrailingZeros: Int {
        var count = byteCount
        while count >= 8, integer(UInt64.self, at: count - 8) == 0 {
            count -= 8
        }
        while count > 0, integer(UInt8.self, at: count - 1) == 0 {
            count -= 1
        }
        return count
    }
}

extension [UInt8] {
    /// Stores an integer in little-endian order over the bytes at an offset.
    mutating func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        for index in 0..<(Value.bitWidth / 8) {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
        }
    }

    /// Stores a checksum of everything before the last four bytes into them.
    mutating func storeTrailingChecksum() {
        let covered = count - 4
        store(unsafe span.bytes.extracting(0..<covered).checksum, at: covered)
    }
}
