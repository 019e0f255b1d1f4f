/// The first bytes of every file but the lock: what it is and which versions may read it.
enum FileHeader {
    /// Features that an older version may overlook; none is defined.
    static let compatibleFeatures: UInt32 = 0
    /// The feature that an older version must refuse: frames are sealed under keys.
    static let sealed: UInt32 = 1

    static func make(magic: UInt64, byteCount: Int, isSealed: Bool = false) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        bytes.store(magic, at: 0)
        bytes.store(compatibleFeatures, at: 8)
        bytes.store(isSealed ? sealed : 0, at: 12)
        return bytes
    }

    /// Whether a checked file says that its frames are sealed.
    static func isSealed(_ bytes: RawSpan) -> Bool {
        bytes.integer(UInt32.self, at: 12) & sealed != 0
    }

    /// Checks the size, the magic number, the checksum and the features, in this order.
    static func check(_ bytes: RawSpan, magic: UInt64, byteCount: Int, file: String) throws(JournalError) {
        guard bytes.byteCount >= byteCount,
            bytes.integer(UInt64.self, at: 0) == magic,
            bytes.extracting(0..<byteCount - 4).checksum == bytes.integer(UInt32.self, at: byteCount - 4)
        else { throw .corrupt(Corruption(file: file, offset: 0, reason: .badHeader)) }
        let unknown = bytes.integer(UInt32.self, at: 12) & ~sealed
        guard unknown == 0 else { throw .unsupported(file: file, incompatibleFeatures: unknown) }
    }
}
