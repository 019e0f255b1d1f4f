import Crypto

/// What a frame says about everything before it: the first 16 bytes of a SHA-256.
struct ChainValue: Hashable, Sendable {
    static let byteCount = 16
    /// The value before the first frame of a history.
    static let origin = ChainValue(low: 0, high: 0)

    var low: UInt64
    var high: UInt64

    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Hashes one whole frame, which itself names the value before it.
    init(ofFrame frame: RawSpan) {
        var hash = SHA256()
        unsafe frame.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
        self = unsafe hash.finalize().withUnsafeBytes { unsafe ChainValue(at: 0, of: $0.bytes) }
    }

    init(at offset: Int, of bytes: RawSpan) {
        low = bytes.integer(UInt64.self, at: offset)
        high = bytes.integer(UInt64.self, at: offset + 8)
    }

    func store(in bytes: inout [UInt8], at offset: Int) {
        bytes.store(low, at: offset)
        bytes.store(high, at: offset + 8)
    }
}

/// The random name of one history, in each of its files, so that files of two never mix unseen.
package struct StoreID: Hashable, Sendable {
    var low: UInt64
    var high: UInt64

    init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    init(at offset: Int, of bytes: RawSpan) {
        low = bytes.integer(UInt64.self, at: offset)
        high = bytes.integer(UInt64.self, at: offset + 8)
    }

    func store(in bytes: inout [UInt8], at offset: Int) {
        bytes.store(low, at: offset)
        bytes.store(high, at: offset + 8)
    }
}

extension StoreID: CustomStringConvertible {
    /// The 32 hexadecimal digits.
    package var description: String {
        high.hexadecimal + low.hexadecimal
    }
}

extension UInt64 {
    /// Exactly 16 lower-case digits.
    var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}
