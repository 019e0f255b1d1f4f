import CCurl

/// Compression of request bodies.
enum Gzip {
    /// Returns the bytes as a gzip member, or nil when that would not make them shorter.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count > 64 else { return nil }
        // With room for fewer bytes than went in, not fitting and not worth it are the same answer.
        let capacity = bytes.count - 1
        let compressed = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { output, count in
            unsafe bytes.withUnsafeBufferPointer { input in
                count = unsafe consent_gzip(input.baseAddress, input.count, output.baseAddress, capacity)
            }
        }
        return compressed.isEmpty ? nil : compressed
    }
}
