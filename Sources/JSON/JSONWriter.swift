/// Writes compact JSON into bytes that it owns, and places the commas itself.
///
/// It trusts its caller to close what was opened and to name every member; what it adds is escaping.
package struct JSONWriter: Sendable {
    /// Bytes of which the first `count` are written; the rest is room.
    private var storage: [UInt8] = []

    /// The number of bytes written so far.
    package private(set) var count = 0

    private var depth = 0
    private var needsComma = false

    /// Creates an empty writer.
    package init(capacity: Int = 0) {
        if capacity > 0 { storage = [UInt8](repeating: 0, count: capacity) }
    }

    /// What has been written so far.
    package var bytes: [UInt8] { Array(storage[..<count]) }

    /// Gives what has been written so far, in place.
    package func withBytes<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        body(storage.span.extracting(first: count))
    }

    /// Hands over what was written and starts anew, with the same room.
    package mutating func take() -> [UInt8] {
        let taken = bytes
        removeAll()
        return taken
    }

    /// Forgets what was written and keeps the memory.
    package mutating func removeAll() {
        count = 0
        depth = 0
        needsComma = false
    }

    /// Makes room for this many more bytes.
    @inline(__always)
    package mutating func reserve(_ byteCount: Int) {
        if storage.count &- count < byteCount { grow(by: byteCount) }
    }

    @inline(never)
    private mutating func grow(by byteCount: Int) {
        let wanted = max(count + byteCount, storage.count * 2, 256)
        storage.reserveCapacity(wanted)
        storage.append(contentsOf: repeatElement(0, count: wanted - storage.count))
    }

    @inline(__always)
    private mutating func append(_ byte: UInt8) {
        reserve(1)
        storage[count] = byte
        count &+= 1
    }

    @inline(__always)
    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
        reserve(text.count)
        let start = count
        unsafe storage.withUnsafeMutableBytes { room in
            unsafe UnsafeMutableRawBufferPointer(rebasing: room[start...]).copyMemory(
                from: UnsafeRawBufferPointer(text)
            )
        }
        count &+= text.count
    }

    @inline(__always)
    private mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { unsafe append($0) }
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
        append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes the name of the member whose value comes next, a name that needs no escapes.
    @inline(__always)
    package mutating func key(plain name: StaticString) {
        reserve(name.utf8CodeUnitCount &+ 4)
        beginValue()
        append(UInt8(ascii: "\""))
        name.withUTF8Buffer { unsafe append($0) }
        append(UInt8(ascii: "\""))
        append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string that needs no escapes.
    @inline(__always)
    package mutating func string(plain value: StaticString) {
        beginValue()
        append(UInt8(ascii: "\""))
        value.withUTF8Buffer { unsafe append($0) }
        append(UInt8(ascii: "\""))
        endValue()
    }

    /// Writes a string of so many bytes, which `fill` sets from `start` on and which need no escapes.
    @inline(__always)
    package mutating func string(byteCount: Int, fill: (inout MutableSpan<UInt8>, _ start: Int) -> Void) {
        beginValue()
        reserve(byteCount &+ 2)
        append(UInt8(ascii: "\""))
        let start = count
        var room = storage.mutableSpan
        fill(&room, start)
        count &+= byteCount
        append(UInt8(ascii: "\""))
        endValue()
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
        append(json)
        endValue()
    }

    /// Writes a value that is JSON already.
    package mutating func raw(_ json: ArraySlice<UInt8>) {
        beginValue()
        unsafe json.withUnsafeBufferPointer { unsafe append($0) }
        endValue()
    }

    /// Writes a value that is JSON already.
    package mutating func raw(_ json: [UInt8]) { raw(json[...]) }

    /// Writes a value of a document as it was written there.
    package mutating func raw(_ node: JSONNode, of document: borrowing JSONDocument) { raw(document.rawBytes(node)) }

    /// Writes anything that can write itself.
    package mutating func value(_ value: some JSONEncodable) { value.write(to: &self) }

    /// Ends a line, between two texts.
    package mutating func newline() { append(UInt8(ascii: "\n")) }

    @inline(__always)
    private mutating func beginValue() {
        if needsComma { append(UInt8(ascii: ",")) }
    }

    @inline(__always)
    private mutating func endValue() {
        needsComma = depth > 0
    }

    private mutating func begin(_ bracket: UInt8) {
        beginValue()
        append(bracket)
        depth += 1
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        assert(depth > 0)
        append(bracket)
        depth -= 1
        endValue()
    }

    private mutating func integer(magnitude: UInt64, isNegative: Bool) {
        beginValue()
        if isNegative { append(UInt8(ascii: "-")) }
        var digits = 1
        var bound: UInt64 = 10
        while digits < 20, magnitude >= bound {
            digits &+= 1
            bound = digits < 20 ? bound &* 10 : UInt64.max
        }
        reserve(digits)
        var rest = magnitude
        var position = count &+ digits
        count = position
        repeat {
            position &-= 1
            storage[position] = UInt8(truncatingIfNeeded: rest % 10) | 0x30
            rest /= 10
        } while rest > 0
        endValue()
    }
}

// MARK: Strings

extension JSONWriter {
    private mutating func quote(_ text: String) {
        reserve(text.utf8.count &+ 2)
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { buffer in
            if Self.needsEscapes(unsafe Span(_unsafeElements: buffer)) {
                for index in buffer.indices { escapeIfNeeded(unsafe buffer[index]) }
            } else {
                unsafe append(buffer)
            }
        }
        append(UInt8(ascii: "\""))
    }

    private static func needsEscapes(_ text: Span<UInt8>) -> Bool {
        var position = 0
        while position < text.count {
            position = StringGrammar.endOfPlainRun(text, from: position)
            guard position < text.count else { break }
            guard text[position] >= 0x80 else { return true }
            position += 1
        }
        return false
    }

    private mutating func escapeIfNeeded(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): escape(byte)
        case 0x08: escape(UInt8(ascii: "b"))
        case 0x09: escape(UInt8(ascii: "t"))
        case 0x0A: escape(UInt8(ascii: "n"))
        case 0x0C: escape(UInt8(ascii: "f"))
        case 0x0D: escape(UInt8(ascii: "r"))
        case 0..<0x20:
            append("\\u00")
            append(byte >> 4 | 0x30)
            append(byte & 0xF + (byte & 0xF < 10 ? 0x30 : 0x57))
        default: append(byte)
        }
    }

    private mutating func escape(_ letter: UInt8) {
        append(UInt8(ascii: "\\"))
        append(letter)
    }
}
