import CChecksum
import Testing

@testable import Journal

@Suite struct FormatTests {
    @Test func checksumIsCastagnolis() {
        let digits = Array("123456789".utf8)
        let zeros = [UInt8](repeating: 0, count: 32)
        let checksums = unsafe (digits.span.bytes.checksum, zeros.span.bytes.checksum)
        #expect(checksums == (0xE306_9283, 0x8A91_36AA))
    }

    @Test func theProcessorsChecksumEqualsThePortableOne() {
        var random = SplitMix64(state: 7)
        let bytes = (0..<1_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        for count in 0...bytes.count {
            let fast = unsafe cchecksum_crc32c(5, bytes, count)
            let portable = unsafe cchecksum_crc32c_portable(5, bytes, count)
            #expect(fast == portable)
        }
    }

    @Test(arguments: [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152, Int(UInt32.max)])
    func varintsRoundTrip(value: Int) {
        var bytes = [UInt8](repeating: 0, count: Varint.byteCount(value))
        Varint.store(value, in: &bytes, at: 0)
        var offset = 0
        let found = unsafe Varint.read(bytes.span.bytes, at: &offset)
        #expect(found == value)
        #expect(offset == bytes.count)
    }

    @Test(arguments: [[], [0x80], [0x80, 0x00], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]] as [[UInt8]])
    func cutLongAndHugeVarintsAreRefused(bytes: [UInt8]) {
        var offset = 0
        let found = unsafe Varint.read(bytes.span.bytes, at: &offset)
        #expect(found == nil)
    }

    /// The bytes of a frame as the first version wrote them; they must never change.
    @Test func aFrameHasItsGoldenBytes() throws {
        var batch = JournalBatch(startingAt: SequenceNumber(rawValue: 7))
        try batch.append(RecordKind(rawValue: 1)) { $0 += Array("hello".utf8) }
        try batch.append(RecordKind(rawValue: 0x82)) { _ in }
        var frame: [UInt8] = []
        var value: ChainValue?
        var clear: SealedFrame?
        try batch.withFrame(
            offset: 4_096,
            salt: 0x1122_3344_5566_7788,
            previousChain: ChainValue(low: 1, high: 2),
            sealed: &clear
        ) { (bytes, chain) throws(JournalError) in
            frame = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
            value = chain
        }
        #expect(hexadecimal(frame) == GoldenBytes.frame)
        #expect(value == ChainValue(low: GoldenBytes.chainLow, high: GoldenBytes.chainHigh))
    }

    @Test func aSegmentHeaderHasItsGoldenBytes() throws {
        let header = SegmentHeader(
            storeID: StoreID(low: 1, high: 2),
            index: 3,
            baseSequenceNumber: SequenceNumber(rawValue: 4),
            salt: 5,
            previousChain: ChainValue(low: 6, high: 7),
            previousEnd: 8,
            carriedByteCount: 9
        )
        let bytes = header.encoded()
        #expect(bytes.count == 4_096)
        #expect(hexadecimal(Array(bytes.prefix(88))) == GoldenBytes.segmentHeader)
        #expect(bytes[88..<4_092].allSatisfy { $0 == 0 })
        #expect(hexadecimal(Array(bytes.suffix(4))) == GoldenBytes.segmentHeaderChecksum)
        let decoded = try SegmentHeader.decode(unsafe bytes.span.bytes, file: "x")
        #expect(decoded == header)
    }

    @Test func aFeatureOfALaterVersionIsNamedAndRefused() {
        var bytes = Manifest(storeID: StoreID(low: 1, high: 2), firstSegment: 1, snapshot: 0).encoded()
        bytes.store(UInt32(4), at: 12)
        bytes.storeTrailingChecksum()
        #expect(throws: JournalError.unsupported(file: "MANIFEST", incompatibleFeatures: 4)) {
            _ = try Manifest.decode(unsafe bytes.span.bytes, file: "MANIFEST")
        }
    }

    @Test func aFeatureThatMayBeOverlookedIsOverlooked() throws {
        let manifest = Manifest(storeID: StoreID(low: 1, high: 2), firstSegment: 1, snapshot: 0)
        var bytes = manifest.encoded()
        bytes.store(UInt32(4), at: 8)
        bytes.storeTrailingChecksum()
        let decoded = try Manifest.decode(unsafe bytes.span.bytes, file: "MANIFEST")
        #expect(decoded == manifest)
    }

    @Test func onlyExactNamesAreSegments() {
        #expect(JournalName.segmentIndex("seg-00000000000000ff.wal") == 255)
        for name in [
            "seg-00000000000000FF.wal", "seg-ff.wal", "seg-00000000000000ff.wal.tmp", "seg-+0000000000000ff.wal",
        ] {
            #expect(JournalName.segmentIndex(name) == nil)
        }
    }

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
