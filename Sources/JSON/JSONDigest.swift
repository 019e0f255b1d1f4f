/// A 128-bit hash of a JSON value: the same for every spelling of it, on every machine and in every release.
///
/// It tells content apart, it does not protect: whoever chooses the content can find two that agree.
package struct JSONDigest: Hashable, Sendable {
    /// The upper half.
    package var high: UInt64
    /// The lower half.
    package var low: UInt64

    /// Rebuilds a digest that was stored.
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The digest of this value and of some numbers, whatever their order.
    package func combined(with numbers: [UInt64]) -> JSONDigest {
        var mixer = DigestMixer(tag: 0x5E7)
        mixer.absorb(self)
        for number in numbers.sorted() { mixer.absorb(number, 0) }
        return mixer.digest
    }
}

/// Two lanes of multiply-and-fold, as in wyhash.
///
/// The constants may never change: digests are kept on disk.
struct DigestMixer {
    private(set) var high: UInt64
    private(set) var low: UInt64

    @inline(__always)
    init(tag: UInt64) {
        high = tag &* 0x9E37_79B9_7F4A_7C15
        low = tag ^ 0xA076_1D64_78BD_642F
    }

    /// What has been absorbed, as part of something larger.
    @inline(__always)
    var part: JSONDigest { JSONDigest(high: high, low: low) }

    /// What has been absorbed, each half depending on both lanes.
    @inline(__always)
    var digest: JSONDigest {
        JSONDigest(
            high: Self.fold(high ^ 0x8EBC_6AF0_9C88_C6E3, low ^ 0x5899_65CC_7537_4CC3),
            low: Self.fold(low ^ 0x1D8E_4E27_C47D_124F, high ^ 0xEB44_ACCA_B455_D165)
        )
    }

    @inline(__always)
    mutating func absorb(_ one: UInt64, _ other: UInt64) {
        high = Self.fold(high ^ one ^ 0xA076_1D64_78BD_642F, other ^ 0xE703_7ED1_A0B4_28DB)
        low = Self.fold(low ^ other ^ 0x8EBC_6AF0_9C88_C6E3, one ^ 0x5899_65CC_7537_4CC3)
    }

    @inline(__always)
    mutating func absorb(_ digest: JSONDigest) {
        absorb(digest.high, digest.low)
    }

    @inline(__always)
    mutating func absorb(_ bytes: Span<UInt8>, from start: Int, count: Int) {
        // The length goes first, so that zeros at the end count.
        low ^= UInt64(truncatingIfNeeded: count) &* 0xE703_7ED1_A0B4_28DB
        var position = start
        var left = count
        while left > 16 {
            absorb(bytes.word(position), bytes.word(position &+ 8))
            position &+= 16
            left &-= 16
        }
        if left > 8 {
            absorb(bytes.word(position), bytes.word(position &+ 8, count: left &- 8))
        } else {
            absorb(bytes.word(position, count: left), 0)
        }
    }

    @inline(__always)
    private static func fold(_ one: UInt64, _ other: UInt64) -> UInt64 {
        let product = one.multipliedFullWidth(by: other)
        return product.high ^ product.low
    }
}
