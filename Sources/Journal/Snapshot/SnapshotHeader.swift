/// The first 4 KiB of a snapshot, written last: what it stands for and what must be in it.
struct SnapshotHeader: Equatable {
    static let byteCount = 4_096
    /// The bytes "CDSNP", 0, 13, 10.
    static let magic: UInt64 = 0x0A0D_0050_4E53_4443

    var storeID: StoreID
    /// The first segment behind it, which also is its own name.
    var index: UInt64
    /// The number of the first record that it does not cover.
    var baseSequenceNumber: SequenceNumber
    /// A random number in each frame's header.
    var salt: UInt64
    /// The chain value of the last frame that it covers.
    var historyChain: ChainValue
    /// Where its last frame ends.
    var end = 0
    var recordCount = 0
    /// The chain value of its own last frame.
    var contentChain = ChainValue.origin
    var isSealed = false

    func encoded() -> [UInt8] {
        var bytes = FileHeader.make(magic: Self.magic, byteCount: Self.byteCount, isSealed: isSealed)
        storeID.store(in: &bytes, at: 16)
        bytes.store(index, at: 32)
        bytes.store(baseSequenceNumber.rawValue, at: 40)
        bytes.store(salt, at: 48)
        historyChain.store(in: &bytes, at: 56)
        bytes.store(UInt64(end), at: 72)
        bytes.store(UInt64(recordCount), at: 80)
        contentChain.store(in: &bytes, at: 88)
        bytes.storeTrailingChecksum()
        return bytes
    }

    static func decode(_ bytes: RawSpan, file: String) throws(JournalError) -> SnapshotHeader {
        try FileHeader.check(bytes, magic: magic, byteCount: byteCount, file: file)
        return SnapshotHeader(
            storeID: StoreID(at: 16, of: bytes),
            index: bytes.integer(UInt64.self, at: 32),
            baseSequenceNumber: SequenceNumber(rawValue: bytes.integer(UInt64.self, at: 40)),
            salt: bytes.integer(UInt64.self, at: 48),
            historyChain: ChainValue(at: 56, of: bytes),
            end: Int(clamping: bytes.integer(UInt64.self, at: 72)),
            recordCount: Int(clamping: bytes.integer(UInt64.self, at: 80)),
            contentChain: ChainValue(at: 88, of: bytes),
            isSealed: FileHeader.isSealed(bytes)
        )
    }
}
