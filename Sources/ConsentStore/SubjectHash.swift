import Consent

/// Stands for a person who was erased: the head of a keyed hash, which tells nothing without the journal's key.
package struct SubjectHash: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Takes the first sixteen bytes; nil for fewer.
    package init?(_ bytes: some Sequence<UInt8>) {
        var words: [UInt64] = [0, 0]
        var count = 0
        for byte in bytes.prefix(16) {
            words[count / 8] = words[count / 8] << 8 | UInt64(byte)
            count += 1
        }
        guard count == 16 else { return nil }
        self.init(high: words[0], low: words[1])
    }
}

extension ErasureRecord {
    func encode(to writer: inout ByteWriter) {
        writer.fixed(subject.high)
        writer.fixed(subject.low)
        writer.timestamp(at)
        writer.count(keys.count)
        for key in keys {
            writer.unsigned(UInt64(key.configuration.ordinal))
            writer.unsigned(UInt64(key.slot))
        }
        writer.count(keyedEvents.count)
        for event in keyedEvents { writer.unsigned(event.rawValue) }
    }

    init(from reader: inout ByteReader) throws(RecordError) {
        subject = SubjectHash(high: try reader.fixed(), low: try reader.fixed())
        at = try reader.timestamp()
        keys = []
        for _ in 0..<(try reader.count()) {
            let configuration = try reader.configurationID()
            guard let slot = UInt32(exactly: try reader.unsigned()) else { throw .malformed }
            keys.append(SubjectKey(configuration: configuration, slot: slot))
        }
        for _ in 0..<(try reader.count()) { keyedEvents.append(SequenceNumber(try reader.unsigned())) }
    }
}

extension SubjectHash {
    /// Hashes under no key, for a journal that is kept in clear anyway.
    init(plain text: String) {
        self.init(high: 0xcbf2_9ce4_8422_2325, low: 0x6c62_272e_07bb_0142)
        for byte in text.utf8 {
            high = (high ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
            low = (low ^ high.byteSwapped) &* 0x0000_0100_0000_01b3
        }
    }
}
