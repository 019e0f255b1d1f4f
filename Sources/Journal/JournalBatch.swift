/// Records that become durable together, encoded where the disk will read them.
///
/// One buffer holds the room for the frame's header and the records behind it, so that a commit is one write.
package struct JournalBatch: Sendable {
    /// The number of the first record.
    package private(set) var firstSequenceNumber: SequenceNumber
    /// How many records were appended.
    package private(set) var recordCount = 0
    private var buffer: [UInt8]
    private let bytesMax: Int
    private let recordsMax: Int

    /// Makes an empty batch whose first record gets the given number.
    package init(startingAt first: SequenceNumber, options: JournalOptions = JournalOptions()) {
        firstSequenceNumber = first
        bytesMax = options.batchBytesMax
        recordsMax = options.batchRecordsMax
        buffer = [UInt8](repeating: 0, count: FrameHeader.byteCount)
    }

    /// How many bytes the records take.
    package var byteCount: Int {
        buffer.count - FrameHeader.byteCount
    }

    /// Whether nothing was appended.
    package var isEmpty: Bool {
        recordCount == 0
    }

    /// The number that the next record would get.
    package var nextSequenceNumber: SequenceNumber {
        firstSequenceNumber.advanced(by: recordCount)
    }

    /// Appends a record whose body is already encoded.
    ///
    /// - Throws: `JournalError.recordTooLarge` or `.batchFull`, with the batch unchanged.
    @discardableResult
    package mutating func append(_ kind: RecordKind, _ body: RawSpan) throws(JournalError) -> SequenceNumber {
        try append(kind) { buffer in
            unsafe body.withUnsafeBytes { unsafe buffer.append(contentsOf: $0) }
        }
    }

    /// Appends a record whose body the closure adds to the end of the array.
    ///
    /// The closure must leave the bytes that are already in the array alone.
    ///
    /// - Throws: `JournalError.recordTooLarge` or `.batchFull`, with the batch unchanged.
    @discardableResult
    package mutating func append(
        _ kind: RecordKind,
        encode: (inout [UInt8]) -> Void
    ) throws(JournalError) -> SequenceNumber {
        guard recordCount < recordsMax else { throw .batchFull }
        let start = buffer.count
        // Most records take two bytes for their length; the body moves only for the others.
        buffer.append(0)
        buffer.append(0)
        buffer.append(kind.rawValue)
        encode(&buffer)
        let kindAndBody = buffer.count - start - 2
        precondition(kindAndBody >= 1, "a record's encoder must only append")
        let prefixByteCount = Varint.byteCount(kindAndBody)
        let total = byteCount - 2 + prefixByteCount
        guard total <= bytesMax else {
            buffer.removeLast(buffer.count - start)
            let limit = bytesMax - 1 - prefixByteCount
            if kindAndBody - 1 > limit { throw .recordTooLarge(byteCount: kindAndBody - 1, limit: limit) }
            throw .batchFull
        }
        if prefixByteCount < 2 {
            buffer.remove(at: start)
        } else if prefixByteCount > 2 {
            buffer.insert(contentsOf: repeatElement(0, count: prefixByteCount - 2), at: start)
        }
        Varint.store(kindAndBody, in: &buffer, at: start)
        defer { recordCount += 1 }
        return nextSequenceNumber
    }

    /// Forgets all records and keeps the memory.
    package mutating func removeAll(startingAt first: SequenceNumber) {
        buffer.removeLast(byteCount)
        recordCount = 0
        firstSequenceNumber = first
    }

    /// How many bytes the frame will take in a segment.
    var frameByteCount: Int {
        FrameHeader.frameByteCount(payloadByteCount: byteCount)
    }

    /// Completes the frame for one place in the history and passes it on; the batch is as before afterwards.
    ///
    /// A sealed frame is built in `sealed.frame`, whose memory is used again.
    mutating func withFrame(
        offset: Int,
        salt: UInt64,
        previousChain: ChainValue,
        sealed: inout SealedFrame?,
        _ body: (RawSpan, ChainValue) throws(JournalError) -> Void
    ) throws(JournalError) {
        var header = FrameHeader(
            payloadByteCount: byteCount,
            recordCount: recordCount,
            firstSequenceNumber: firstSequenceNumber,
            offset: offset,
            salt: salt,
            previousChain: previousChain,
            payloadChecksum: 0
        )
        if sealed != nil {
            sealed?.build(&header, unsafe buffer.span.bytes.extracting(FrameHeader.byteCount..<buffer.count))
            guard let frame = sealed?.frame else { return }
            try body(unsafe frame.span.bytes, ChainValue(ofFrame: unsafe frame.span.bytes))
            return
        }
        header.payloadChecksum = unsafe buffer.span.bytes.extracting(FrameHeader.byteCount..<buffer.count).checksum
        header.store(in: &buffer)
        let padding = header.frameByteCount - buffer.count
        buffer.append(contentsOf: repeatElement(0, count: padding))
        defer { buffer.removeLast(padding) }
        try body(unsafe buffer.span.bytes, ChainValue(ofFrame: unsafe buffer.span.bytes))
    }
}
