/// The file whose presence says that a journal exists here, and where it begins.
struct Manifest: Equatable {
    static let byteCount = 512
    /// The bytes "CDMAN", 0, 13, 10.
    static let magic: UInt64 = 0x0A0D_004E_414D_4443

    var storeID: StoreID
    var firstSegment: UInt64
    /// The snapshot that stands for everything before the first segment; 0 if there is none.
    var snapshot: UInt64
    /// The first segment whose frames must be sealed; 0 if none must.
    var firstSealedSegment: UInt64 = 0
    /// The generation before, which is kept until the next one.
    var previous: Generation?

    /// A snapshot, or 0 for the beginning, and the first segment behind it.
    struct Generation: Equatable {
        var firstSegment: UInt64
        var snapshot: UInt64
    }

    var isSealed: Bool { firstSealedSegment > 0 }

    /// The oldest segment that is still wanted.
    var firstKeptSegment: UInt64 { previous?.firstSegment ?? firstSegment }

    func encoded() -> [UInt8] {
        var bytes = FileHeader.make(magic: Self.magic, byteCount: Self.byteCount, isSealed: isSealed)
        storeID.store(in: &bytes, at: 16)
        bytes.store(firstSegment, at: 32)
        bytes.store(snapshot, at: 40)
        bytes.store(firstSealedSegment, at: 48)
        bytes.store(previous?.firstSegment ?? 0, at: 56)
        bytes.store(previous?.snapshot ?? 0, at: 64)
        bytes.storeTrailingChecksum()
        return bytes
    }

    static func decode(_ bytes: RawSpan, file: String) throws(JournalError) -> Manifest {
        try FileHeader.check(bytes, magic: magic, byteCount: byteCount, file: file)
        let previous = Generation(
            firstSegment: bytes.integer(UInt64.self, at: 56),
            snapshot: bytes.integer(UInt64.self, at: 64)
        )
        return Manifest(
            storeID: StoreID(at: 16, of: bytes),
            firstSegment: bytes.integer(UInt64.self, at: 32),
            snapshot: bytes.integer(UInt64.self, at: 40),
            firstSealedSegment: bytes.integer(UInt64.self, at: 48),
            previous: previous.firstSegment == 0 ? nil : previous
        )
    }
}
