/// Takes each record of a history in turn: its number, its kind, its body; the body lives as long as the call.
package typealias RecordHandler = (SequenceNumber, RecordKind, RawSpan) throws -> Void

/// Reads the records out of a frame whose checksums hold.
enum RecordWalk {
    /// Checks that the payload parses as a whole before the first record is passed on; false if it does not.
    static func isWellFormed(_ payload: RawSpan, recordCount: Int) -> Bool {
        var offset = 0
        var count = 0
        while offset < payload.byteCount {
            guard let byteCount = Varint.read(payload, at: &offset), byteCount >= 1,
                byteCount <= payload.byteCount - offset
            else { return false }
            offset += byteCount
            count += 1
        }
        return count == recordCount && count > 0
    }

    /// Passes on each record of a well-formed payload.
    static func replay(
        _ payload: RawSpan,
        from first: SequenceNumber,
        _ handler: RecordHandler
    ) throws(JournalError) {
        var offset = 0
        var number = first
        while offset < payload.byteCount, let byteCount = Varint.read(payload, at: &offset) {
            let kind = RecordKind(rawValue: payload.integer(UInt8.self, at: offset))
            do {
                try handler(number, kind, payload.extracting(offset + 1..<offset + byteCount))
            } catch let error as JournalError {
                throw error
            } catch {
                throw .refused(number, reason: "\(error)")
            }
            offset += byteCount
            number = number.advanced(by: 1)
        }
    }
}
