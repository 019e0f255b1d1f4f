import FoundationEssentials

/// Builds sealed frames, one after another in the same memory.
struct SealedFrame: Sendable {
    let cipher: PayloadCipher
    let nonce: @Sendable () -> FrameSeal.Nonce
    private(set) var frame: [UInt8] = []

    init(cipher: PayloadCipher, files: any JournalFiles) {
        self.cipher = cipher
        nonce = { .random(files) }
    }

    /// Seals a payload behind its header, which is completed.
    mutating func build(_ header: inout FrameHeader, _ payload: RawSpan) {
        let nonce = nonce()
        header.seal = FrameSeal(nonce: nonce, tag: .origin)
        frame.removeAll(keepingCapacity: true)
        frame.append(contentsOf: repeatElement(0, count: FrameHeader.byteCount))
        header.store(in: &frame)
        let authenticated = Array(frame[..<FrameHeader.authenticatedByteCount])
        let seal = cipher.seal(payload, nonce: nonce, authenticating: authenticated, to: &frame)
        header.seal = seal
        header.payloadChecksum = unsafe frame.span.bytes.extracting(FrameHeader.byteCount..<frame.count).checksum
        header.store(in: &frame)
        frame.append(contentsOf: repeatElement(0, count: header.frameByteCount - frame.count))
    }
}

extension FrameHeader {
    /// Returns the payload of a frame whose checksums hold, in clear; nil if it does not open.
    func payload(in frame: RawSpan, _ cipher: PayloadCipher) -> Data? {
        guard let seal else { return nil }
        let authenticated = frame.extracting(0..<Self.authenticatedByteCount)
        return cipher.open(
            frame.extracting(Self.byteCount..<Self.byteCount + payloadByteCount),
            seal,
            authenticating: unsafe authenticated.withUnsafeBytes { unsafe Array($0) }
        )
    }
}
