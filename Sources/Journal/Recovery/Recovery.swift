/// Folds the segments of a history in order and decides what each piece of damage means; does no I/O.
struct Recovery {
    private(set) var report: RecoveryReport
    private(set) var chain = ChainValue.origin
    private(set) var nextSequenceNumber = SequenceNumber.first
    private let manifest: Manifest
    private let mark: HighWaterMark?
    private let keys: HistoryKeys
    /// Takes any damage in the last segment for its end; on only to prove that tests notice.
    var stopsAtFirstBadFrame = false
    private var gap: Gap?
    private var previous: SegmentKey?
    private var isAnchored = false

    init(manifest: Manifest, mark: HighWaterMark?, keys: HistoryKeys) {
        self.manifest = manifest
        self.mark = mark
        self.keys = keys
        report = RecoveryReport(storeID: manifest.storeID)
        report.highWaterMark = mark == nil ? .missing : .reached
    }

    /// Reads one segment; `next` is the header of the one behind it, nil for the last.
    mutating func read(
        _ header: SegmentHeader,
        file: String,
        bytes: RawSpan,
        next: SegmentHeader?,
        _ handler: RecordHandler
    ) throws(JournalError) -> SegmentEnd {
        let key = try keys.key(of: header, manifest)
        try begin(header, file: file, bytes: bytes, handler)
        previous = key
        let end = min(next?.previousEnd ?? bytes.byteCount, bytes.byteCount)
        var offset = header.framesOffset
        guard offset <= end else {
            throw damage(file, min(end, offset), .truncated, before: next)
        }
        var lastFrame: Range<Int>?
        scan: while offset < end {
            switch FrameScan(at: offset, of: bytes, end: end, salt: header.salt) {
            case .frame(let frame):
                let range = offset..<offset + frame.frameByteCount
                guard frame.previousChain == chain, frame.firstSequenceNumber == nextSequenceNumber else {
                    throw damage(file, offset, .brokenChain, before: next)
                }
                try accept(frame, bytes.extracting(range), file: file, key, handler)
                lastFrame = range
                offset = range.upperBound
            case .end, .damaged:
                break scan
            }
        }
        report.segmentCount += 1
        report.byteCount += offset
        if let next {
            if offset < next.previousEnd {
                let found = damage(file, offset, end < next.previousEnd ? .truncated : .badFrame, before: next)
                gap = Gap(offset: offset, salt: header.salt, error: found)
            }
            return SegmentEnd(offset: offset, lastFrame: lastFrame, tornByteCount: 0)
        }
        let torn = try judgeTail(header, file: file, bytes: bytes, offset: offset)
        return SegmentEnd(offset: offset, lastFrame: lastFrame, tornByteCount: torn)
    }

    /// Compares where a segment says it belongs with where the history has come to.
    private mutating func begin(
        _ header: SegmentHeader,
        file: String,
        bytes: RawSpan,
        _ handler: RecordHandler
    ) throws(JournalError) {
        if report.segmentCount == 0 {
            // Whatever came before the first segment is not here to compare with, except before the very first.
            if header.index > 1, !isAnchored {
                chain = header.previousChain
                nextSequenceNumber = header.baseSequenceNumber
            }
            report.firstSequenceNumber = nextSequenceNumber
            report.nextSequenceNumber = nextSequenceNumber
        }
        let copy = header.carriedFrame(in: bytes)
        if let gap {
            guard let copy, copy.offset == gap.offset, copy.salt == gap.salt, copy.previousChain == chain,
                copy.firstSequenceNumber == nextSequenceNumber,
                copy.offset + copy.frameByteCount == header.previousEnd
            else { throw gap.error }
            try accept(
                copy,
                bytes.extracting(SegmentHeader.byteCount..<header.framesOffset),
                file: file,
                previous ?? .clear,
                handler
            )
            self.gap = nil
            report.healedFrameCount += 1
            report.byteCount += copy.frameByteCount
        } else if header.carriedByteCount > 0, copy == nil {
            report.damagedCopyCount += 1
        }
        guard header.previousChain == chain, header.baseSequenceNumber == nextSequenceNumber else {
            throw .corrupt(
                Corruption(file: file, offset: 0, firstSequenceNumber: nextSequenceNumber, reason: .brokenChain)
            )
        }
    }

    /// Passes on a frame's records and moves the history behind it.
    private mutating func accept(
        _ frame: FrameHeader,
        _ bytes: RawSpan,
        file: String,
        _ key: SegmentKey,
        _ handler: RecordHandler
    ) throws(JournalError) {
        do throws(FrameFault) {
            try key.read(frame, bytes, handler)
        } catch {
            throw error.asJournalError { damage(file, frame.offset, $0, before: nil) }
        }
        chain = ChainValue(ofFrame: bytes)
        nextSequenceNumber = nextSequenceNumber.advanced(by: frame.recordCount)
        report.recordCount += frame.recordCount
        report.nextSequenceNumber = nextSequenceNumber
    }

    /// Tells a torn tail from damage behind the last good frame; returns the torn bytes.
    private mutating func judgeTail(
        _ header: SegmentHeader,
        file: String,
        bytes: RawSpan,
        offset: Int
    ) throws(JournalError) -> Int {
        let tail = bytes.extracting(offset..<bytes.byteCount)
        let tornByteCount = tail.byteCountWithoutTrailingZeros
        if stopsAtFirstBadFrame { return tornByteCount }
        if let mark {
            guard mark.storeID == manifest.storeID else {
                throw .corrupt(Corruption(file: JournalName.highWaterMark, offset: 0, reason: .foreign))
            }
            guard mark.segment <= header.index else {
                throw damage(JournalName.segment(header.index + 1), 0, .segmentMissing, before: nil)
            }
            guard mark.nextSequenceNumber <= nextSequenceNumber else {
                throw damage(file, offset, tornByteCount > 0 ? .badFrame : .truncated, before: nil)
            }
        }
        guard tornByteCount > 0 else { return 0 }
        guard !FrameScan.hasHeader(behind: offset, of: bytes, salt: header.salt) else {
            throw damage(file, offset, .badFrame, before: nil)
        }
        report.tornTail = .init(file: file, offset: offset, byteCount: tornByteCount)
        return tornByteCount
    }

    /// Names the records from here on, as far as the next segment or the mark knows how many there were.
    private func damage(
        _ file: String,
        _ offset: Int,
        _ reason: Corruption.Reason,
        before next: SegmentHeader?
    ) -> JournalError {
        let limit = next?.baseSequenceNumber ?? mark?.nextSequenceNumber
        let last = limit.flatMap { $0 > nextSequenceNumber ? $0.advanced(by: -1) : nil }
        return .corrupt(
            Corruption(
                file: file,
                offset: offset,
                firstSequenceNumber: nextSequenceNumber,
                lastSequenceNumber: last,
                reason: reason
            )
        )
    }

    /// A lost end of a segment, which the next segment's copy may make good.
    private struct Gap {
        var offset: Int
        var salt: UInt64
        var error: JournalError
    }
}

extension SegmentHeader {
    /// The copy of the last frame before this segment, if it is exactly what that frame was.
    func carriedFrame(in segment: RawSpan) -> FrameHeader? {
        guard carriedByteCount > 0, framesOffset <= segment.byteCount else { return nil }
        let copy = segment.extracting(Self.byteCount..<framesOffset)
        guard ChainValue(ofFrame: copy) == previousChain, let frame = FrameHeader(at: 0, of: copy),
            frame.frameByteCount == copy.byteCount
        else { return nil }
        return frame
    }
}

extension Recovery {
    /// Notes that the mark was there and damaged.
    mutating func noteDamagedMark() {
        report.highWaterMark = .damaged
    }

    /// Begins behind a snapshot instead of at the first record.
    mutating func begin(behind snapshot: SnapshotHeader, byteCount: Int) {
        isAnchored = true
        chain = snapshot.historyChain
        nextSequenceNumber = snapshot.baseSequenceNumber
        report.snapshot = .init(recordCount: snapshot.recordCount, byteCount: byteCount)
    }

    /// Notes how many segments lie before the manifest's first one.
    mutating func noteStaleSegments(_ count: Int) {
        report.staleSegmentCount = count
    }
}

/// Where the frames of a segment end.
struct SegmentEnd: Equatable {
    var offset: Int
    /// The segment's own last frame.
    var lastFrame: Range<Int>?
    /// How many bytes of an unfinished frame lie behind.
    var tornByteCount: Int
}
