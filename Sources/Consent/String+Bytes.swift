import Glibc

// Ids, keys and people are opaque: `String` would take two normal forms of one letter for the same.
extension String {
    /// Whether both texts are the same bytes of UTF-8.
    package func hasSameBytes(as other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        // Safety: both are as long as was just compared, and live for the call.
        let isSame = unsafe utf8.withContiguousStorageIfAvailable { bytes in
            unsafe other.utf8.withContiguousStorageIfAvailable { others in
                guard let first = bytes.baseAddress, let second = others.baseAddress else { return true }
                return unsafe memcmp(first, second, bytes.count) == 0
            }
        }
        return (isSame ?? nil) ?? utf8.elementsEqual(other.utf8)
    }

    /// Whether the text is these bytes of UTF-8.
    package func hasSameBytes(as others: Span<UInt8>) -> Bool {
        guard utf8.count == others.count else { return false }
        // Safety: both are as long as was just compared, and live for the call.
        return unsafe others.withUnsafeBufferPointer { others in
            let isSame = unsafe utf8.withContiguousStorageIfAvailable { bytes in
                guard let first = bytes.baseAddress, let second = others.baseAddress else { return true }
                return unsafe memcmp(first, second, bytes.count) == 0
            }
            return unsafe isSame ?? utf8.elementsEqual(others)
        }
    }

    /// A hash of the bytes of UTF-8, seeded for this process.
    ///
    /// The hash of `String` itself is one for all normal forms of a text, of which there may be very many.
    package var byteHash: Int {
        var hasher = Hasher()
        // Safety: the bytes live for the call.
        let isHashed: Void? = unsafe utf8.withContiguousStorageIfAvailable { bytes in
            unsafe hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
        }
        if isHashed == nil { for byte in utf8 { hasher.combine(byte) } }
        return hasher.finalize()
    }
}

extension Span<UInt8> {
    /// What `String.byteHash` is of a text that has these bytes.
    package var byteHash: Int {
        var hasher = Hasher()
        // Safety: the bytes live for the call.
        unsafe withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        return hasher.finalize()
    }
}
