import Consent

import struct Journal.JournalKeys

/// Reads what `ByteWriter` wrote; every bound is checked, so a damaged body is an error and never a trap.
struct ByteReader {
    private var bytes: [UInt8]
    private var position = 0
    /// Where the body ends that is being read.
    private var end: Int
    /// What sealed secrets are opened with; without it they are read as empty.
    private let keys: JournalKeys?
    /// Lists of choices that were read before.
    private var choices = SharedChoices()
    /// The list that was read last, with its bytes: mostly the next is the same.
    private var lastChoices: (bytes: [UInt8], list: [CapturedChoice]) = ([], [])

    init(_ bytes: [UInt8], keys: JournalKeys? = nil) {
        self.bytes = bytes
        end = bytes.count
        self.keys = keys
    }

    /// Takes other bytes, many bodies perhaps, and gives away its own; `enter` then says what to read.
    mutating func exchange(_ other: inout [UInt8]) {
        swap(&bytes, &other)
        position = 0
        end = 0
    }

    /// Begins with one body among the bytes.
    mutating func enter(_ body: Range<Int>) {
        precondition(body.upperBound <= bytes.count, "no body at \(body)")
        position = body.lowerBound
        end = body.upperBound
    }

    var isAtEnd: Bool { position == end }

    mutating func byte() throws(RecordError) -> UInt8 {
        guard position < end else { throw .truncated }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func unsigned() throws(RecordError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64 {
            let next = try byte()
            value |= UInt64(next & 0x7f) << shift
            if next < 0x80 { return value }
            shift += 7
        }
        throw .malformed
    }

    /// A count of things that each take at least one byte of the rest.
    mutating func count() throws(RecordError) -> Int {
        let value = try unsigned()
        guard value <= UInt64(end - position) else { throw .truncated }
        return Int(value)
    }

    mutating func signed() throws(RecordError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: (value >> 1)) ^ -Int64(bitPattern: value & 1)
    }

    mutating func text() throws(RecordError) -> String {
        text(in: try textRange(), like: nil)
    }

    /// Reads a list of choices, which shares the memory of equal ones.
    mutating func capturedChoices() throws(RecordError) -> [CapturedChoice] {
        let start = position
        if isNext(lastChoices.bytes) {
            // No list's bytes are the beginning of another's.
            position += lastChoices.bytes.count
            return lastChoices.list
        }
        let total = try count()
        var list: [CapturedChoice] = []
        list.reserveCapacity(total)
        for _ in 0..<total { list.append(try captured()) }
        lastChoices = (Array(bytes[start..<position]), choices.shared(list))
        return lastChoices.list
    }

    /// Passes over a text and returns where it is.
    mutating func textRange() throws(RecordError) -> Range<Int> {
        let length = try count()
        defer { position += length }
        return position..<position + length
    }

    /// The text at a place; one that has the same bytes and is in memory already is taken instead of another of its kind.
    mutating func text(in range: Range<Int>, like known: String?) -> String {
        // In place: a slice of the bytes would count references each time.
        let text = bytes.span.extracting(range)
        if let known, known.hasSameBytes(as: text) { return known }
        // Safety: the bytes live for the call.
        return unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// The hash of the text at a place.
    func byteHash(in range: Range<Int>) -> Int { bytes.span.extracting(range).byteHash }

    /// Whether these bytes, of which there is at least one, come next.
    private func isNext(_ others: [UInt8]) -> Bool {
        guard !others.isEmpty, others.count <= end - position else { return false }
        for place in others.indices where bytes[position + place] != others[place] { return false }
        return true
    }

    /// Reads a client secret; an empty one where it is sealed and there are no keys.
    mutating func secret(of configuration: ConfigurationID) throws(RecordError) -> Secret {
        let length = try count()
        defer { position += length }
        let content = bytes[position..<position + length]
        guard content.first == sealedSecretMark else { return Secret(String(decoding: content, as: UTF8.self)) }
        guard let keys else { return Secret("") }
        guard let opened = keys.open(Array(content.dropFirst()), context: configuration.secretContext) else {
            throw .malformed
        }
        return Secret(String(decoding: opened, as: UTF8.self))
    }

    mutating func optionalText() throws(RecordError) -> String? {
        try flag() ? text() : nil
    }

    mutating func texts() throws(RecordError) -> [String] {
        let total = try count()
        var values: [String] = []
        values.reserveCapacity(total)
        for _ in 0..<total { values.append(try text()) }
        return values
    }

    mutating func flag() throws(RecordError) -> Bool {
        switch try byte() {
        case 0: false
        case 1: true
        default: throw .malformed
        }
    }

    mutating func fixed() throws(RecordError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 8) { value |= UInt64(try byte()) << UInt64(shift) }
        return value
    }
}
