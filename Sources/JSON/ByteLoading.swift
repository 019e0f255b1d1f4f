// The one file of this target that spells `unsafe`: single loads from byte views, which the scanner's inner loop and
// the digest cannot pay a bounds check or eight byte loads for.

extension Span where Element == UInt8 {
    /// The byte at an index that the caller has compared with `count`.
    @inline(__always)
    func byte(_ index: Int) -> UInt8 {
        assert(index >= 0 && index < count)
        // Safety: every caller in this target loops under `index < count`; the assertion holds them to it in debug builds.
        return unsafe self[unchecked: index]
    }

    /// Eight bytes from an index on, the first one lowest.
    @inline(__always)
    func word(_ index: Int) -> UInt64 {
        // Safety: the load is bounds-checked by `RawSpan`, and any eight bytes are a valid `UInt64`.
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// Up to eight bytes from an index on, the first one lowest, zero above them.
    @inline(__always)
    func word(_ index: Int, count length: Int) -> UInt64 {
        if index + 8 <= count {
            return length >= 8 ? word(index) : word(index) & ((1 << (UInt64(length) << 3)) &- 1)
        }
        var result: UInt64 = 0
        for place in 0..<length {
            result |= UInt64(self[index + place]) << (UInt64(place) << 3)
        }
        return result
    }
}

extension Array where Element == UInt8 {
    /// Appends the bytes of a view.
    mutating func append(copying view: RawSpan) {
        // Safety: the pointer is used only inside the closure, while the view keeps its memory alive.
        unsafe view.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }

    /// Appends the bytes of a view.
    mutating func append(copying view: Span<UInt8>) {
        // Safety: the pointer is used only inside the closure, while the view keeps its memory alive.
        unsafe view.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
