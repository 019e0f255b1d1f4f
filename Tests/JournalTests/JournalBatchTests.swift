import Testing

@testable import Journal

@Suite struct JournalBatchTests {
    @Test(arguments: [0, 1, 126, 127, 128, 300, 16_381, 16_382, 16_383, 16_384, 100_000])
    func bodiesOfEveryLengthClassComeBack(byteCount: Int) throws {
        var batch = JournalBatch(startingAt: .first)
        let body = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0) }
        try batch.append(RecordKind(rawValue: 3)) { $0 += body }
        try batch.append(RecordKind(rawValue: 4), unsafe body.span.bytes)
        var found = History()
        var clear: SealedFrame?
        let end = FrameHeader.byteCount + batch.byteCount
        try batch.withFrame(offset: 0, salt: 0, previousChain: .origin, sealed: &clear) {
            (frame, _) throws(JournalError) in
            let payload = frame.extracting(FrameHeader.byteCount..<end)
            let isWellFormed = RecordWalk.isWellFormed(payload, recordCount: 2)
            #expect(isWellFormed)
            try RecordWalk.replay(payload, from: .first) { found.append($0, $1, $2) }
        }
        #expect(found.records.map(\.body) == [body, body])
        #expect(found.records.map(\.kind) == [3, 4])
        #expect(found.records.map(\.number) == [1, 2])
    }

    @Test func aRecordThatDoesNotFitLeavesTheBatchAsItWas() throws {
        var batch = JournalBatch(startingAt: .first, options: .small)
        try batch.append(RecordKind(rawValue: 1)) { $0 += [UInt8](repeating: 1, count: 600) }
        let byteCount = batch.byteCount
        #expect(throws: JournalError.batchFull) {
            try batch.append(RecordKind(rawValue: 1)) { $0 += [UInt8](repeating: 1, count: 600) }
        }
        #expect(throws: JournalError.recordTooLarge(byteCount: 2_000, limit: 1_021)) {
            try batch.append(RecordKind(rawValue: 1)) { $0 += [UInt8](repeating: 1, count: 2_000) }
        }
        #expect(batch.byteCount == byteCount)
        #expect(batch.recordCount == 1)
    }

    @Test func theLargestRecordFitsExactly() throws {
        var batch = JournalBatch(startingAt: .first, options: .small)
        #expect(throws: JournalError.recordTooLarge(byteCount: 1_022, limit: 1_021)) {
            try batch.append(RecordKind(rawValue: 1)) { $0 += [UInt8](repeating: 1, count: 1_022) }
        }
        try batch.append(RecordKind(rawValue: 1)) { $0 += [UInt8](repeating: 1, count: 1_021) }
        #expect(batch.byteCount == 1_024)
    }

    @Test func theNumberOfRecordsIsBounded() throws {
        var options = JournalOptions.small
        options.batchRecordsMax = 2
        var batch = JournalBatch(startingAt: SequenceNumber(rawValue: 5), options: options)
        #expect(try batch.append(RecordKind(rawValue: 1)) { _ in }.rawValue == 5)
        #expect(try batch.append(RecordKind(rawValue: 1)) { _ in }.rawValue == 6)
        #expect(throws: JournalError.batchFull) { try batch.append(RecordKind(rawValue: 1)) { _ in } }
        batch.removeAll(startingAt: batch.nextSequenceNumber)
        #expect(try batch.append(RecordKind(rawValue: 1)) { _ in }.rawValue == 7)
    }
}
