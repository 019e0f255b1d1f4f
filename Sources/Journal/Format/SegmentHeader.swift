/// The first 4 KiB of a segment: where it belongs and what lies before it.
struct SegmentHeader: Equatable {
    static let byteCount = 4_096
    /// The bytes "CDSEG", 0, 13, 10.
    static let magic: UInt64 = 0x0A0D_0047_4553_4443

    var storeID: StoreID
    var index: UInt64
    /// The number of the first record that may follow.
    var baseSequenceNumber: SequenceNumber
    /// A random number in each frame's header, so that bytes of another segment are no frame here.
    var salt: UInt64
    var previousChain: ChainValue
    /// Where the previous segment's last frame ends; 0 before the first segment.
    var previousEnd: Int
    /// The size of the verbatim copy of the last frame before this segment; 0 if there is none.
    ///
    /// A start cannot know whether the bytes it read are on the disk or only in the page cache, so it writes them again.
    var carriedByteCount: Int
    /// Whether the segment's own frames are sealed under its key.
    var isSealed = false

    /// Where this segment's own frames begin.
    var framesOffset: Int {
        Self.byteCount + carriedByteCount
    }

    func encoded() -> [UInt8] {
        var bytes = FileHeader.make(magic: Self.magic, byteCount: Self.byteCount, isSealed: isSealed)
        storeID.store(in: &bytes, at: 16)
        bytes.store(index, at: 32)
        bytes.store(baseSequenceNumber.rawValue, at: 40)
        bytes.store(salt, at: 48)
        previousChain.store(in: &bytes, at: 56)
        bytes.store(UInt64(previousEnd), at: 72)
        bytes.store(UInt64(carriedByteCount), at: 80)
        bytes.storeTrailingChecksum()
        return bytes
    }

    static func decode(_ bytes: RawSpan, file: String) throws(JournalError) -> SegmentHeader {
        try FileHeader.check(bytes, magic: magic, byteCount: byteCount, file: file)
        return SegmentHeader(
            storeID: StoreID(at: 16, of: bytes),
            index: bytes.integer(UInt64.self, at: 32),
            baseSequenceNumber: SequenceNumber(rawValue: bytes.integer(UInt64.self, at: 40)),
            salt: bytes.integer(UInt64.self, at: 48),
            previousChain: ChainValue(at: 56, of: bytes),
            previousEnd: Int(clamping: bytes.integer(UInt64.self, at: 72)),
            carriedByteCount: Int(clamping: bytes.integer(UInt64.self, at: 80)),
            isSealed: FileHeader.isSealed(bytes)
        )
    }
}
