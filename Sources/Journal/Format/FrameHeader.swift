/// What stands before the records of one batch.
///
/// The header has a checksum of its own, so that its length field can be trusted before the payload is read.
struct FrameHeader: Equatable {
    static let byteCount = 96
    /// Frames begin at multiples of this many bytes; the bytes between are zero.
    static let alignment = 8
    /// The bytes D7 43 46 31; never zero, so that a zero-filled file holds no frame.
    static let magic: UInt32 = 0x3146_43D7

    var payloadByteCount: Int
    var recordCount: Int
    var firstSequenceNumber: SequenceNumber
    /// The frame's own place in its segment.
    var offset: Int
    var salt: UInt64
    var previousChain: ChainValue
    /// The checksum of the payload as it stands in the file.
    var payloadChecksum: UInt32
    /// What opens the payload; nil if it is in clear.
    var seal: FrameSeal?

    /// The part of the header that a sealed payload is bound to.
    static let authenticatedByteCount = 68
    private static let sealedFlag: UInt32 = 1

    /// How many bytes the frame takes in the file, padding included.
    var frameByteCount: Int {
        Self.frameByteCount(payloadByteCount: payloadByteCount)
    }

    static func frameByteCount(payloadByteCount: Int) -> Int {
        (byteCount + payloadByteCount + alignment - 1) & ~(alignment - 1)
    }

    func store(in bytes: inout [UInt8]) {
        bytes.store(Self.magic, at: 0)
        bytes.store(seal == nil ? 0 : Self.sealedFlag, at: 4)
        bytes.store(UInt32(payloadByteCount), at: 8)
        bytes.store(UInt32(recordCount), at: 12)
        bytes.store(firstSequenceNumber.rawValue, at: 16)
        bytes.store(UInt64(offset), at: 24)
        bytes.store(salt, at: 32)
        previousChain.store(in: &bytes, at: 40)
        bytes.store(seal?.nonce.low ?? 0, at: 56)
        bytes.store(seal?.nonce.high ?? 0, at: 64)
        (seal?.tag ?? .origin).store(in: &bytes, at: 68)
        bytes.store(payloadChecksum, at: 84)
        bytes.store(UInt32(0), at: 88)
        bytes.store(unsafe bytes.span.bytes.extracting(0..<92).checksum, at: 92)
    }

    /// Reads a header; nil if these bytes are not one that this version wrote.
    init?(at offset: Int, of bytes: RawSpan) {
        guard offset >= 0, bytes.byteCount - offset >= Self.byteCount,
            bytes.integer(UInt32.self, at: offset) == Self.magic
        else { return nil }
        let header = bytes.extracting(offset..<offset + Self.byteCount)
        guard header.extracting(0..<92).checksum == header.integer(UInt32.self, at: 92),
            header.integer(UInt32.self, at: 4) & ~Self.sealedFlag == 0
        else { return nil }
        if header.integer(UInt32.self, at: 4) == Self.sealedFlag {
            let nonce = FrameSeal.Nonce(
                low: header.integer(UInt64.self, at: 56),
                high: header.integer(UInt32.self, at: 64)
            )
            seal = FrameSeal(nonce: nonce, tag: ChainValue(at: 68, of: header))
        }
        payloadByteCount = Int(header.integer(UInt32.self, at: 8))
        recordCount = Int(header.integer(UInt32.self, at: 12))
        firstSequenceNumber = SequenceNumber(rawValue: header.integer(UInt64.self, at: 16))
        self.offset = Int(clamping: header.integer(UInt64.self, at: 24))
        salt = header.integer(UInt64.self, at: 32)
        previousChain = ChainValue(at: 40, of: header)
        payloadChecksum = header.integer(UInt32.self, at: 84)
    }

    init(
        payloadByteCount: Int,
        recordCount: Int,
        firstSequenceNumber: SequenceNumber,
        offset: Int,
        salt: UInt64,
        previousChain: ChainValue,
        payloadChecksum: UInt32,
        seal: FrameSeal? = nil
    ) {
        self.payloadByteCount = payloadByteCount
        self.recordCount = recordCount
        self.firstSequenceNumber = firstSequenceNumber
        self.offset = offset
        self.salt = salt
        self.previousChain = previousChain
        self.payloadChecksum = payloadChecksum
        self.seal = seal
    }
}
