import Consent

import struct Journal.JournalKeys

/// Appends the fields of a record's body: unsigned varints (LEB128), zigzag for signed, length-prefixed text.
struct ByteWriter {
    var bytes: [UInt8] = []
    /// What secrets are sealed with; nil writes them in clear, as the whole journal is then.
    private let keys: JournalKeys?

    init(keys: JournalKeys? = nil) {
        self.keys = keys
    }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func byte(_ value: UInt8) {
        bytes.append(value)
    }

    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func count(_ value: Int) {
        unsigned(UInt64(value))
    }

    mutating func signed(_ value: Int64) {
        unsigned(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    mutating func text(_ value: String) {
        let utf8 = value.utf8
        count(utf8.count)
        bytes.append(contentsOf: utf8)
    }

    /// Appends a client secret, sealed for its configuration.
    ///
    /// No text begins with the mark of a sealed one, since no UTF-8 does.
    mutating func secret(_ secret: Secret, of configuration: ConfigurationID) {
        guard let keys else {
            text(secret.reveal())
            return
        }
        let sealed = keys.seal(Array(secret.reveal().utf8), context: configuration.secretContext)
        count(sealed.count + 1)
        byte(sealedSecretMark)
        bytes.append(contentsOf: sealed)
    }

    mutating func optionalText(_ value: String?) {
        byte(value == nil ? 0 : 1)
        if let value { text(value) }
    }

    mutating func texts(_ values: [String]) {
        count(values.count)
        for value in values { text(value) }
    }

    mutating func flag(_ value: Bool) {
        byte(value ? 1 : 0)
    }

    mutating func fixed(_ value: UInt64) {
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
    }
}

/// Reads what `ByteWriter` wrote; every bound is checked, so a damaged body is an error and never a trap.
struct ByteReader {
    private var bytes: [UInt8]
    private var position = 0
    /// What sealed secrets are opened with; without it they are read as empty.
    private let keys: JournalKeys?
    /// Lists of choices that were read before.
    private var choices = SharedChoices()
    /// The list that was read last, with its bytes: mostly the next is the same.
    private var lastChoices: (bytes: [UInt8], list: [CapturedChoice]) = ([], [])

    init(_ bytes: [UInt8], keys: JournalKeys? = nil) {
        self.bytes = bytes
        self.keys = keys
    }

    /// Begins with the next body, in the memory of the one before: of millions none needs any of its own.
    mutating func reset(to body: RawSpan) {
        position = 0
        bytes.removeAll(keepingCapacity: true)
        // Safety: the body's bytes live for the call.
        unsafe body.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func byte() throws(RecordError) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
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
        guard value <= UInt64(bytes.count - position) else { throw .truncated }
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
        if !lastChoices.bytes.isEmpty, bytes[start...].starts(with: lastChoices.bytes) {
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
        if let known, known.hasSameBytes(as: bytes[range]) { return known }
        return String(decoding: bytes[range], as: UTF8.self)
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

/// Stands before a sealed secret, where a text would be.
private let sealedSecretMark: UInt8 = 0xff

extension ConfigurationID {
    /// Ties a sealed secret to its configuration.
    fileprivate var secretContext: [UInt8] { Array(description.utf8) }
}

/// Why a record's body cannot be read; its checksum was right, so another version wrote it.
package enum RecordError: Error, Equatable {
    case truncated
    case malformed
    case unknownKind(UInt8)
    /// The record speaks of something that the history before it does not hold.
    case inconsistent
}
