/// Cuts a stream of bytes into JSON texts, validating each of them in one pass.
///
/// Texts may follow one another with any white space between them, also none, and reads may cut them anywhere: every
/// byte is looked at once (a cut escape or character at most a dozen times). Scalars at top level are texts too; a
/// number there ends at white space, at the start of another kind of value, or at the end of the stream. While it
/// validates, the scanner writes the tape that `document` is read through. Nothing is allocated per text once the
/// buffers have grown to the traffic.
package struct JSONScanner: Sendable {
    /// Buffers beyond this are given back once they are empty, so that one large text does not stay in memory.
    private static let keptBytesMax = 256 << 10

    /// The text that `next()` has found last, until the next call to anything that changes the scanner.
    ///
    /// A copy kept across `append(_:)` makes that call copy the buffer; `JSONDocument.detached()` is the cheaper way.
    package private(set) var document = JSONDocument()

    private let messageBytesMax: Int
    private let nestingMax: Int
    private var state: ScanState
    /// True between the first and the last byte of a text.
    private var isInside = false
    /// The place in the buffer behind the last text or, inside of one, of its first byte.
    private var start = 0
    /// The place in the stream of the first byte in the buffer.
    private var streamBase = 0
    private var failure: JSONScanError?

    /// Creates a scanner that refuses texts over a number of bytes (at most 256 MiB - 1) or of nested containers.
    package init(messageBytesMax: Int, nestingMax: Int) {
        precondition(messageBytesMax > 0 && messageBytesMax <= TapeEntry.byteCountMax && nestingMax > 0)
        self.messageBytesMax = messageBytesMax
        self.nestingMax = nestingMax
        state = ScanState(nestingMax: nestingMax)
    }

    /// The number of bytes appended so far.
    package var streamLength: Int { streamBase + document.bytes.count }

    /// True where the stream stands inside a text, so that it may not end here.
    package var isInsideText: Bool { isInside }

    /// The place in the stream of the first byte of the text being read or, between two, behind the last one.
    var textStart: Int { streamBase + start }

    /// Appends the next bytes of the stream.
    package mutating func append(_ chunk: RawSpan) {
        makeRoom()
        document.bytes.append(copying: chunk)
    }

    /// Appends the next bytes of the stream.
    package mutating func append(_ chunk: Span<UInt8>) {
        makeRoom()
        document.bytes.append(copying: chunk)
    }

    /// Appends the next bytes of the stream.
    package mutating func append(_ chunk: ArraySlice<UInt8>) {
        makeRoom()
        document.bytes.append(contentsOf: chunk)
    }

    /// Appends the next bytes of the stream.
    package mutating func append(_ chunk: [UInt8]) {
        append(chunk[...])
    }

    /// Looks for the next whole text; true: `document` holds it, false: more bytes are needed.
    ///
    /// - Throws: `JSONScanError` as soon as a byte cannot be right, and from then on at every call.
    package mutating func next() throws(JSONScanError) -> Bool {
        if let failure { throw failure }
        if !isInside {
            guard skipWhiteSpace() else { return false }
            isInside = true
            state = ScanState(nestingMax: nestingMax)
        }
        while true {
            let end = min(document.bytes.count, start + messageBytesMax)
            switch Self.scan(&state, document.bytes, start..<end, into: &document.tape) {
            case .complete:
                endText()
                return true
            case .needsBytes, .going:
                guard document.bytes.count == end else { throw fail(.messageTooLarge(limit: messageBytesMax)) }
                return false
            case .tapeFull:
                document.tape.append(contentsOf: repeatElement(0, count: max(64, document.tape.count)))
            case .syntax:
                throw fail(.syntax(offset: streamBase + start + state.position))
            case .tooDeep:
                throw fail(.nestingTooDeep(limit: nestingMax))
            }
        }
    }

    /// Ends the stream after `next()` has returned false; true: `document` holds a last text, a number.
    ///
    /// - Throws: `JSONScanError.syntax` with the length of the stream where it ends inside a text.
    package mutating func finish() throws(JSONScanError) -> Bool {
        if let failure { throw failure }
        guard isInside else { return false }
        guard Self.finish(&state, into: &document.tape) else { throw fail(.syntax(offset: streamLength)) }
        endText()
        return true
    }

    // Static, since a view of one stored property would lock the others.
    @inline(__always)
    private static func scan(
        _ state: inout ScanState,
        _ bytes: borrowing [UInt8],
        _ range: Range<Int>,
        into tape: inout [UInt64]
    ) -> ScanState.Outcome {
        var tape = tape.mutableSpan
        return state.scan(bytes.span.extracting(range), into: &tape)
    }

    private static func finish(_ state: inout ScanState, into tape: inout [UInt64]) -> Bool {
        var tape = tape.mutableSpan
        return state.finish(into: &tape)
    }

    private mutating func endText() {
        document.base = start
        document.tapeCount = state.tapeCount
        start += state.position
        isInside = false
    }

    private mutating func fail(_ error: JSONScanError) -> JSONScanError {
        failure = error
        return error
    }

    /// Moves to the next byte that is not white space; false where there is none.
    private mutating func skipWhiteSpace() -> Bool {
        while start < document.bytes.count, isWhiteSpace(document.bytes[start]) {
            start += 1
        }
        return start < document.bytes.count
    }

    /// Drops what has been read, where that costs no more than has been read.
    private mutating func makeRoom() {
        let kept = document.bytes.count - start
        guard start >= kept, start > 0 else { return }
        streamBase += start
        if kept == 0, document.bytes.capacity > Self.keptBytesMax {
            document.bytes = []
        } else {
            document.bytes.removeFirst(start)
        }
        if !isInside, document.tape.count > Self.keptBytesMax / 8 { document.tape = [] }
        document.base = 0
        document.tapeCount = 0
        start = 0
    }
}
