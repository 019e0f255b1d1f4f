/// One token of a scanned text, packed into 64 bits.
///
/// From the top: kind (4), flags (4), byte offset relative to the start of the text (28), extent (28). The extent is
/// the length in bytes for strings (quotes excluded) and numbers, and the index past the end for containers, which
/// makes skipping one a single step. A container is followed by its children and one `end` entry. While it is open, its
/// extent holds the index of the container around it plus one.
struct TapeEntry {
    /// What a token is.
    enum Kind: UInt8 {
        case object = 1
        case array
        case string
        case number
        case yes
        case no
        case null
        case end
    }

    /// The most bytes that the offsets of an entry can address.
    static let byteCountMax = 1 << 28 - 1

    /// The flag of a string that has escapes, and of a number that has a fraction or an exponent.
    static let marked: UInt64 = 1 << 56

    private static let fieldMask: UInt64 = 1 << 28 - 1

    let bits: UInt64

    @inline(__always)
    init(bits: UInt64) {
        self.bits = bits
    }

    @inline(__always)
    init(_ kind: Kind, offset: Int, extent: Int, isMarked: Bool = false) {
        bits =
            UInt64(kind.rawValue) << 60 | UInt64(truncatingIfNeeded: offset) << 28
            | UInt64(truncatingIfNeeded: extent) | (isMarked ? Self.marked : 0)
    }

    @inline(__always)
    var rawKind: UInt8 { UInt8(truncatingIfNeeded: bits >> 60) }

    @inline(__always)
    var offset: Int { Int(truncatingIfNeeded: (bits >> 28) & Self.fieldMask) }

    @inline(__always)
    var extent: Int { Int(truncatingIfNeeded: bits & Self.fieldMask) }

    @inline(__always)
    var isMarked: Bool { bits & Self.marked != 0 }

    @inline(__always)
    func `is`(_ kind: Kind) -> Bool { rawKind == kind.rawValue }

    @inline(__always)
    var isContainer: Bool { rawKind <= Kind.array.rawValue }
}
