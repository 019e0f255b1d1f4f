/// The file whose presence says that a journal exists here, and where it begins.
struct Manifest: Equatable {
    static let byteCount = 512
    /// The bytes "CDMAN", 0, 13, 10.
    static let magic: UInt64 = 0x0A0D_004E_414D_4443

    var storeID: StoreID
    var firstSegment: UInt64
    /// The snapshot that stands for everything before the first segment; 0 if there is none.
    var snapshot: UInt64

    func encoded() -> [UInt8] {
        var bytes = FileHeader.make(magic: Self.magic, byteCount: Self.byteCount)
        storeID.store(in: &bytes, at: 16)
        bytes.store(firstSegment, at: 32)
        bytes.store(snapshot, at: 40)
        bytes.storeTrailingChecksum()
        return bytes
    }

    static func decode(_ bytes: RawSpan, file: String) throws(JournalError) -> Manifest {
        try FileHeader.check(bytes, magic: magic, byteCount: byteCount, file: file)
        return Manifest(
            storeID: StoreID(at: 16, of: bytes),
            firstSegment: bytes.integer(UInt64.self, at: 32),
            snapshot: bytes.integer(UInt64.self, at: 40)
        )
    }
}
