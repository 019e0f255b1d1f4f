/// How far the history had come when this was written, after the sync of the frame it tells of.
///
/// It is never ahead of what is durable, so a history that ends before it was cut. It may be far behind: it is not
/// synced on its own.
struct HighWaterMark: Equatable {
    static let byteCount = 64
    /// The bytes "CDHWM", 0, 13, 10.
    static let magic: UInt64 = 0x0A0D_004D_5748_4443

    var storeID: StoreID
    var segment: UInt64
    /// Where the last frame in that segment ended.
    var end: Int
    var nextSequenceNumber: SequenceNumber

    func encoded() -> [UInt8] {
        var bytes = FileHeader.make(magic: Self.magic, byteCount: Self.byteCount)
        storeID.store(in: &bytes, at: 16)
        bytes.store(segment, at: 32)
        bytes.store(UInt64(end), at: 40)
        bytes.store(nextSequenceNumber.rawValue, at: 48)
        bytes.storeTrailingChecksum()
        return bytes
    }

    /// Reads a mark; nil if it is damaged, which costs only the knowledge it had.
    init?(_ bytes: RawSpan, file: String) {
        do {
            try FileHeader.check(bytes, magic: Self.magic, byteCount: Self.byteCount, file: file)
        } catch {
            return nil
        }
        storeID = StoreID(at: 16, of: bytes)
        segment = bytes.integer(UInt64.self, at: 32)
        end = Int(clamping: bytes.integer(UInt64.self, at: 40))
        nextSequenceNumber = SequenceNumber(rawValue: bytes.integer(UInt64.self, at: 48))
    }

    init(storeID: StoreID, segment: UInt64, end: Int, nextSequenceNumber: SequenceNumber) {
        self.storeID = storeID
        self.segment = segment
        self.end = end
        self.nextSequenceNumber = nextSequenceNumber
    }
}
