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

/// Stands before a sealed secret, where a text would be.
let sealedSecretMark: UInt8 = 0xff

extension ConfigurationID {
    /// Ties a sealed secret to its configuration.
    var secretContext: [UInt8] { Array(description.utf8) }
}

/// Why a record's body cannot be read; its checksum was right, so another version wrote it.
package enum RecordError: Error, Equatable {
    case truncated
    case malformed
    case unknownKind(UInt8)
    /// The record speaks of something that the history before it does not hold.
    case inconsistent
}
