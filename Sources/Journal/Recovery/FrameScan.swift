/// What stands at one place in a segment.
enum FrameScan: Equatable {
    /// A frame whose checksums hold.
    case frame(FrameHeader)
    /// Nothing but zeros up to the end.
    case end
    /// Something else.
    case damaged

    /// Looks at one place; `end` bounds what may belong to a frame.
    ///
    /// `place` is where the bytes lie in their file if that is not their offset.
    init(at offset: Int, of segment: RawSpan, end: Int, salt: UInt64, place: Int? = nil) {
        let rest = segment.extracting(offset..<end)
        if rest.byteCount < FrameHeader.byteCount || rest.integer(UInt32.self, at: 0) == 0 {
            self = rest.isZero ? .end : .damaged
            return
        }
        guard let header = FrameHeader(at: 0, of: rest), header.offset == place ?? offset, header.salt == salt,
            header.frameByteCount <= rest.byteCount
        else {
            self = .damaged
            return
        }
        let payloadEnd = FrameHeader.byteCount + header.payloadByteCount
        let isIntact =
            rest.extracting(FrameHeader.byteCount..<payloadEnd).checksum == header.payloadChecksum
            && rest.extracting(payloadEnd..<header.frameByteCount).isZero
        self = isIntact ? .frame(header) : .damaged
    }

    /// Looks for a frame's header behind a damaged place.
    ///
    /// A frame is only begun once the one before it is durable, so a header behind damage proves that the damaged
    /// frame was complete once.
    static func hasHeader(behind offset: Int, of segment: RawSpan, salt: UInt64) -> Bool {
        var candidate = offset + FrameHeader.alignment
        while candidate + FrameHeader.byteCount <= segment.byteCount {
            if segment.integer(UInt32.self, at: candidate) == FrameHeader.magic,
                let header = FrameHeader(at: candidate, of: segment), header.offset == candidate, header.salt == salt
            {
                return true
            }
            candidate += FrameHeader.alignment
        }
        return false
    }
}
