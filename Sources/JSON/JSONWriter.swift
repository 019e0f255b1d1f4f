/// Writes compact JSON into bytes that it owns, and places the commas itself.
///
/// It trusts its caller to close what was opened and to name every member; what it adds is escaping.
package struct JSONWriter: Sendable {
    /// What has been written so far.
    package private(set) var bytes: [UInt8] = []

    private var depth = 0
    private var needsComma = false

    /// Creates an empty writer.
    package init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// The number of bytes written so far.
    package var count: Int { bytes.count }

    /// Hands over what was written and starts anew.
    package mutating func take() -> [UInt8] {
        let taken = bytes
        self = JSONWriter()
        return taken
    }

    /// Forgets what was written and keeps the memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        depth = 0
        needsComma = false
    }

    /// Makes room for this many more bytes.
    package mutating func reserve(_ byteCount: Int) {
        guard bytes.capacity - bytes.count < byteCount else { return }
        bytes.reserveCapacity(max(bytes.count + byteCount, bytes.capacity * 2))
    }

    /// Opens an object.
    package mutating func beginObject() { begin(UInt8(ascii: "{")) }

    /// Closes an object.
    package mutating func endObject() { end(UInt8(ascii: "}")) }

    /// Opens an array.
    package mutating func beginArray() { begin(UInt8(ascii: "[")) }

    /// Closes an array.
    package mutating func endArray() { end(UInt8(ascii: "]")) }

    /// Writes the name of the member whose value comes next.
    package mutating func key(_ name: String) {
        beginValue()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    package mutating func string(_ value: String) {
        beginValue()
        quote(value)
        endValue()
    }

    /// Writes an integer.
    package mutating func int(_ value: Int) {
        integer(magnitude: UInt64(value.magnitude), isNegative: value < 0)
    }

    /// Writes an integer.
    package mutating func int(_ value: Int64) {
        integer(magnitude: value.magnitude, isNegative: value < 0)
    }

    /// Writes an integer.
    package mutating func int(_ value: UInt64) {
        integer(magnitude: value, isNegative: false)
    }

    /// Writes an integer of another type.
    package mutating func int(_ value: some FixedWidthInteger) {
        integer(magnitude: UInt64(value.magnitude), isNegative: value < 0)
    }

    /// Writes a number with the fewest digits that read back the same; `null` where it is not finite.
    package mutating func double(_ value: Double) {
        guard value.isFinite else { return null() }
        if let integer = Int64(exactly: value), integer.magnitude < 1 << 53 { return int(integer) }
        raw(value.description)
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) { raw(value ? "true" : "false") }

    /// Writes `null`.
    package mutating func null() { raw("null") }

    /// Writes a value that is JSON already.
    package mutating func raw(_ json: String) {
        beginValue()
        bytes.append(contentsOf: json.utf8)
        endValue()
    }

    /// Writes a value that is JSON already.
    package mutating func raw(_ json: ArraySlice<UInt8>) {
        beginValue()
        bytes.append(contentsOf: json)
        endValue()
    }

    /// Writes a value that is JSON already.
    package mutating func raw(_ json: [UInt8]) { raw(json[...]) }

    /// Writes a value of a document as it was written there.
    package mutating func raw(_ node: JSONNode, of document: borrowing JSONDocument) { raw(document.rawBytes(node)) }

    /// Writes anything that can write itself.
    package mutating func value(_ value: some JSONEncodable) { value.write(to: &self) }

    /// Ends a line, between two texts.
    package mutating func newline() { bytes.append(UInt8(ascii: "\n")) }

    @inline(__always)
    private mutating func beginValue() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    @inline(__always)
    private mutating func endValue() {
        needsComma = depth > 0
    }

    private mutating func begin(_ bracket: UInt8) {
        beginValue()
        bytes.append(bracket)
        depth += 1
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        assert(depth > 0)
        bytes.append(bracket)
        depth -= 1
        endValue()
    }

    private mutating func integer(magnitude: UInt64, isNegative: Bool) {
        beginValue()
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        var divisor: UInt64 = 1
        while magnitude / divisor >= 10 {
            divisor *= 10
        }
        var rest = magnitude
        while divisor > 0 {
            bytes.append(UInt8(truncatingIfNeeded: rest / divisor) | 0x30)
            rest %= divisor
            divisor /= 10
        }
        endValue()
    }
}

// MARK: Strings

extension JSONWriter {
    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        if Self.needsEscapes(text) {
            escape(text)
        } else {
            bytes.append(contentsOf: text.utf8)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscapes(_ text: String) -> Bool {
        let span = text.utf8.span
        var position = 0
        while position < span.count {
            position = StringGrammar.endOfPlainRun(span, from: position)
            guard position < span.count else { break }
            guard span[position] >= 0x80 else { return true }
            position += 1
        }
        return false
    }

    private mutating func escape(_ text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): escape(byte)
            case 0x08: escape(UInt8(ascii: "b"))
            case 0x09: escape(UInt8(ascii: "t"))
            case 0x0A: escape(UInt8(ascii: "n"))
            case 0x0C: escape(UInt8(ascii: "f"))
            case 0x0D: escape(UInt8(ascii: "r"))
            case 0..<0x20:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(byte >> 4 | 0x30)
                bytes.append(byte & 0xF + (byte & 0xF < 10 ? 0x30 : 0x57))
            default: bytes.append(byte)
            }
        }
    }

    private mutating func escape(_ letter: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(letter)
    }
}
