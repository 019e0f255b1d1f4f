/// What the scanner knows between two reads of one text, and its inner loop.
///
/// All places are relative to the first byte of the text, so that the input buffer may be moved under it.
struct ScanState {
    /// How a run over the bytes at hand ended.
    enum Outcome {
        case going
        case complete
        case needsBytes
        case tapeFull
        case syntax
        case tooDeep
    }

    /// What may come next.
    enum Expectation {
        case value
        case valueOrEnd
        case keyOrEnd
        case key
        case colon
        case commaOrEnd
        case string
        case number
    }

    /// The next byte to look at; after `.syntax`, the first byte that cannot be right.
    var position = 0
    /// Tape entries written so far.
    var tapeCount = 0

    private var expectation = Expectation.value
    private var isInObject = false
    /// True while the string being read is a member name.
    private var isKey = false
    /// True once the token being read has an escape, a fraction or an exponent.
    private var isMarked = false
    private var numberState = NumberState.start
    private var depth = 0
    /// The tape index of the innermost open container plus one; 0 for none.
    private var container = 0
    private var tokenStart = 0
    private let nestingMax: Int

    init(nestingMax: Int) {
        self.nestingMax = nestingMax
    }

    /// Reads on through the bytes of the text that are at hand, from its first one.
    mutating func scan(_ bytes: Span<UInt8>, into tape: inout MutableSpan<UInt64>) -> Outcome {
        // A local copy stays in registers.
        var state = self
        let outcome = state.run(bytes, into: &tape)
        self = state
        return outcome
    }

    /// Ends a number at top level, which nothing but the end of the stream can end; false where the text is not whole.
    mutating func finish(into tape: inout MutableSpan<UInt64>) -> Bool {
        guard expectation == .number, depth == 0, numberState.isComplete, tapeCount < tape.count else { return false }
        return endNumber(into: &tape) == .complete
    }

    @inline(__always)
    private mutating func run(_ bytes: Span<UInt8>, into tape: inout MutableSpan<UInt64>) -> Outcome {
        guard tapeCount < tape.count else { return .tapeFull }
        var outcome = Outcome.going
        if expectation == .string {
            outcome = string(bytes, into: &tape)
        } else if expectation == .number {
            outcome = number(bytes, into: &tape)
        }
        // Each turn writes at most one tape entry.
        while outcome == .going {
            var byte: UInt8
            repeat {
                guard position < bytes.count else { return .needsBytes }
                byte = bytes[position]
                position &+= 1
            } while isWhiteSpace(byte)
            position &-= 1
            guard tapeCount < tape.count else { return .tapeFull }
            outcome = step(byte, bytes, into: &tape)
        }
        return outcome
    }

    @inline(__always)
    private mutating func step(
        _ byte: UInt8,
        _ bytes: Span<UInt8>,
        into tape: inout MutableSpan<UInt64>
    ) -> Outcome {
        switch expectation {
        case .commaOrEnd:
            if byte == UInt8(ascii: ",") {
                position &+= 1
                expectation = isInObject ? .key : .value
                return .going
            }
            return close(byte, into: &tape)
        case .keyOrEnd where byte == UInt8(ascii: "}"), .valueOrEnd where byte == UInt8(ascii: "]"):
            return close(byte, into: &tape)
        case .key, .keyOrEnd:
            guard byte == UInt8(ascii: "\"") else { return .syntax }
            return beginString(isKey: true, bytes, into: &tape)
        case .colon:
            guard byte == UInt8(ascii: ":") else { return .syntax }
            position &+= 1
            expectation = .value
            return .going
        case .value, .valueOrEnd, .string, .number:
            return value(byte, bytes, into: &tape)
        }
    }

    @inline(__always)
    private mutating func value(
        _ byte: UInt8,
        _ bytes: Span<UInt8>,
        into tape: inout MutableSpan<UInt64>
    ) -> Outcome {
        switch byte {
        case UInt8(ascii: "\""):
            return beginString(isKey: false, bytes, into: &tape)
        case UInt8(ascii: "{"):
            return open(.object, into: &tape)
        case UInt8(ascii: "["):
            return open(.array, into: &tape)
        case UInt8(ascii: "t"):
            return literal(Self.trueWord, length: 4, .yes, bytes, into: &tape)
        case UInt8(ascii: "f"):
            return literal(Self.falseWord, length: 5, .no, bytes, into: &tape)
        case UInt8(ascii: "n"):
            return literal(Self.nullWord, length: 4, .null, bytes, into: &tape)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            tokenStart = position
            isMarked = false
            numberState = .start
            expectation = .number
            return number(bytes, into: &tape)
        default:
            return .syntax
        }
    }
}

// MARK: Tokens

extension ScanState {
    private static let trueWord: UInt64 = 0x6575_7274
    private static let falseWord: UInt64 = 0x65_736c_6166
    private static let nullWord: UInt64 = 0x6c6c_756e

    @inline(__always)
    private mutating func emit(_ entry: TapeEntry, into tape: inout MutableSpan<UInt64>) {
        tape[tapeCount] = entry.bits
        tapeCount &+= 1
    }

    /// Says what follows a whole value.
    @inline(__always)
    private mutating func endValue() -> Outcome {
        expectation = .commaOrEnd
        return depth == 0 ? .complete : .going
    }

    @inline(__always)
    private mutating func open(_ kind: TapeEntry.Kind, into tape: inout MutableSpan<UInt64>) -> Outcome {
        guard depth < nestingMax else { return .tooDeep }
        depth &+= 1
        emit(TapeEntry(kind, offset: position, extent: container), into: &tape)
        container = tapeCount
        isInObject = kind == .object
        expectation = isInObject ? .keyOrEnd : .valueOrEnd
        position &+= 1
        return .going
    }

    @inline(__always)
    private mutating func close(_ byte: UInt8, into tape: inout MutableSpan<UInt64>) -> Outcome {
        guard byte == (isInObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else { return .syntax }
        let index = container &- 1
        let opening = TapeEntry(bits: tape[index])
        emit(TapeEntry(.end, offset: position, extent: index), into: &tape)
        tape[index] = TapeEntry(isInObject ? .object : .array, offset: opening.offset, extent: tapeCount).bits
        container = opening.extent
        isInObject = container > 0 && TapeEntry(bits: tape[container &- 1]).is(.object)
        depth &-= 1
        position &+= 1
        return endValue()
    }

    /// Reads a literal; at most four bytes of it are looked at again after a cut.
    @inline(__always)
    private mutating func literal(
        _ word: UInt64,
        length: Int,
        _ kind: TapeEntry.Kind,
        _ bytes: Span<UInt8>,
        into tape: inout MutableSpan<UInt64>
    ) -> Outcome {
        let available = min(length, bytes.count &- position)
        let difference = bytes.word(position, count: available) ^ (word & ((1 << (UInt64(available) << 3)) &- 1))
        guard difference == 0 else {
            position &+= difference.trailingZeroBitCount >> 3
            return .syntax
        }
        guard available == length else { return .needsBytes }
        emit(TapeEntry(kind, offset: position, extent: length), into: &tape)
        position &+= length
        return endValue()
    }

    @inline(__always)
    private mutating func beginString(
        isKey: Bool,
        _ bytes: Span<UInt8>,
        into tape: inout MutableSpan<UInt64>
    ) -> Outcome {
        position &+= 1
        tokenStart = position
        isMarked = false
        self.isKey = isKey
        expectation = .string
        return string(bytes, into: &tape)
    }

    /// Reads on in the body of a string.
    @inline(__always)
    private mutating func string(_ bytes: Span<UInt8>, into tape: inout MutableSpan<UInt64>) -> Outcome {
        while true {
            position = StringGrammar.endOfPlainRun(bytes, from: position)
            guard position < bytes.count else { return .needsBytes }
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else { return .syntax }
            switch StringGrammar.sequence(bytes, at: position) {
            case .whole(let length):
                isMarked = isMarked || byte == UInt8(ascii: "\\")
                position &+= length
            case .cut:
                return .needsBytes
            case .wrong(let distance):
                position &+= distance
                return .syntax
            }
        }
        emit(TapeEntry(.string, offset: tokenStart, extent: position &- tokenStart, isMarked: isMarked), into: &tape)
        position &+= 1
        guard isKey else { return endValue() }
        guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else {
            expectation = .colon
            return .going
        }
        position &+= 1
        expectation = .value
        return .going
    }

    /// Reads on in a number.
    @inline(__always)
    private mutating func number(_ bytes: Span<UInt8>, into tape: inout MutableSpan<UInt64>) -> Outcome {
        while position < bytes.count {
            let byte = bytes[position]
            guard let next = numberState.after(byte) else {
                // Two numbers at top level need something between them: in "01" or "1-2" the second is a mistake.
                guard numberState.isComplete, depth > 0 || canFollowNumber(byte) else { return .syntax }
                return endNumber(into: &tape)
            }
            isMarked = isMarked || next == .point || next == .exponent
            numberState = next
            position &+= 1
        }
        return .needsBytes
    }

    @inline(__always)
    private mutating func endNumber(into tape: inout MutableSpan<UInt64>) -> Outcome {
        emit(TapeEntry(.number, offset: tokenStart, extent: position &- tokenStart, isMarked: isMarked), into: &tape)
        return endValue()
    }

    private func canFollowNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""), UInt8(ascii: "t"), UInt8(ascii: "f"),
            UInt8(ascii: "n"):
            true
        default:
            isWhiteSpace(byte)
        }
    }
}

/// True for the four bytes that JSON allows between tokens.
@inline(__always)
func isWhiteSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
}
