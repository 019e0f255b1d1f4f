// The one file of this target that spells `unsafe`: loads of eight bytes and copies from views. All of them are checked
// against the bounds of the view; measured, the checks cost the scanner less than a twentieth of its time.

extension Span where Element == UInt8 {
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
