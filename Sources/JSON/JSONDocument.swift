/// One validated JSON text: its bytes and the tape of its tokens.
///
/// Values are named by `JSONNode`s and read on demand; nothing is copied or unescaped before it is asked for.
package struct JSONDocument: Sendable {
    /// The bytes the text lies in, perhaps among others.
    var bytes: [UInt8] = []
    /// `TapeEntry` bits; entries from `tapeCount` on are unused.
    var tape: [UInt64] = []
    /// The place of the first byte of the text in `bytes`.
    var base = 0
    var tapeCount = 0

    init() {}

    /// Scans one text that nothing but white space may surround.
    ///
    /// - Throws: `JSONScanError`; a second text is a syntax error at its first byte, none at all one at the end.
    package init(
        _ bytes: [UInt8],
        messageBytesMax: Int = 1 << 28 - 1,
        nestingMax: Int = 512
    ) throws(JSONScanError) {
        var scanner = JSONScanner(messageBytesMax: messageBytesMax, nestingMax: nestingMax)
        scanner.append(bytes)
        var isFound = try scanner.next()
        if !isFound { isFound = try scanner.finish() }
        guard isFound else { throw .syntax(offset: bytes.count) }
        if let extra = bytes[scanner.textStart...].firstIndex(where: { !isWhiteSpace($0) }) {
            throw .syntax(offset: extra)
        }
        self = scanner.document
    }

    /// The outermost value.
    package var root: JSONNode { JSONNode(index: 0) }

    /// A copy that holds this text alone, for those who keep it.
    package func detached() -> JSONDocument {
        var copy = JSONDocument()
        copy.bytes = Array(rawBytes(root))
        copy.tape = Array(tape[..<tapeCount])
        copy.tapeCount = tapeCount
        return copy
    }

    /// What a value is.
    package func kind(_ node: JSONNode) -> JSONKind {
        switch TapeEntry.Kind(rawValue: entry(node).rawKind) {
        case .object: .object
        case .array: .array
        case .string: .string
        case .number: .number
        case .yes, .no: .bool
        case .null, .end, nil: .null
        }
    }

    /// The bytes of a value as they were written, quotes and brackets included.
    package func rawBytes(_ node: JSONNode) -> ArraySlice<UInt8> {
        bytes[rawRange(node)]
    }

    /// The number of bytes of a value as written.
    package func rawByteCount(_ node: JSONNode) -> Int {
        rawRange(node).count
    }

    /// The truth value, nil where it is none.
    package func bool(_ node: JSONNode) -> Bool? {
        let entry = entry(node)
        return entry.is(.yes) ? true : entry.is(.no) ? false : nil
    }

    /// True for `null`.
    package func isNull(_ node: JSONNode) -> Bool {
        entry(node).is(.null)
    }

    /// True for anything but an object or an array.
    package func isScalar(_ node: JSONNode) -> Bool {
        !entry(node).isContainer
    }

    @inline(__always)
    func entry(_ node: JSONNode) -> TapeEntry {
        TapeEntry(bits: tape[node.index])
    }

    /// Where a token lies in `bytes`, without quotes; for a container, its opening bracket.
    @inline(__always)
    func range(_ entry: TapeEntry) -> Range<Int> {
        let start = base &+ entry.offset
        return start..<start &+ (entry.isContainer ? 1 : entry.extent)
    }

    private func rawRange(_ node: JSONNode) -> Range<Int> {
        let entry = entry(node)
        let start = base + entry.offset
        if entry.isContainer {
            return start..<base + TapeEntry(bits: tape[entry.extent - 1]).offset + 1
        }
        return entry.is(.string) ? start - 1..<start + entry.extent + 1 : start..<start + entry.extent
    }
}
