/// The place of a record in the journal's history; the first is 1.
package struct SequenceNumber: Hashable, Comparable, Sendable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Names a configuration for its whole life; written `cfg_` and eight hexadecimal digits.
package struct ConfigurationID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Counts configurations in the order they were created, from 1, and is never used again.
    package var ordinal: UInt32

    package init(ordinal: UInt32) {
        self.ordinal = ordinal
    }

    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix("cfg_"), let ordinal = UInt32(hexadecimal: text.dropFirst(4)) else { return nil }
        self.ordinal = ordinal
    }

    package var description: String { "cfg_" + ordinal.hexadecimal }

    package static func < (left: ConfigurationID, right: ConfigurationID) -> Bool {
        left.ordinal < right.ordinal
    }

    /// The ordinal itself: it is counted by nobody else, so there is nothing to scatter, and every event looks some up.
    @inlinable
    package func _rawHashValue(seed: Int) -> Int { Int(ordinal) ^ seed }
}

/// Names one event's delivery to one configuration; written `dlv_` and twenty-four hexadecimal digits.
///
/// It is made of the event's sequence number and the configuration, so that no table is needed to find either.
package struct DeliveryID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package var event: SequenceNumber
    package var configuration: ConfigurationID

    package init(event: SequenceNumber, configuration: ConfigurationID) {
        self.event = event
        self.configuration = configuration
    }

    package init?(_ text: some StringProtocol) {
        guard text.hasPrefix("dlv_"), text.utf8.count == 28,
            let event = UInt64(hexadecimal: text.dropFirst(4).prefix(16)),
            let ordinal = UInt32(hexadecimal: text.dropFirst(20))
        else { return nil }
        self.init(event: SequenceNumber(event), configuration: ConfigurationID(ordinal: ordinal))
    }

    package var description: String { "dlv_" + event.rawValue.hexadecimal + configuration.ordinal.hexadecimal }

    package static func < (left: DeliveryID, right: DeliveryID) -> Bool {
        (left.event, left.configuration) < (right.event, right.configuration)
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// All digits of the number in lower-case hexadecimal, zeros in front included.
    package var hexadecimal: String {
        var bytes = [UInt8](repeating: 0, count: Self.bitWidth / 4)
        var span = bytes.mutableSpan
        writeHexadecimal(to: &span, at: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Writes `hexadecimal` from `start` on.
    @inlinable
    package func writeHexadecimal(to bytes: inout MutableSpan<UInt8>, at start: Int) {
        var rest = self
        var index = start &+ Self.bitWidth / 4
        while index > start {
            index &-= 1
            let digit = UInt8(truncatingIfNeeded: rest & 0xf)
            bytes[index] = digit < 10 ? digit &+ 48 : digit &+ 87
            rest >>= 4
        }
    }

    /// Reads exactly the form that `hexadecimal` writes.
    package init?(hexadecimal text: some StringProtocol) {
        guard text.utf8.count == Self.bitWidth / 4 else { return nil }
        var value: Self = 0
        for byte in text.utf8 {
            switch byte {
            case 48...57: value = value << 4 | Self(byte - 48)
            case 97...102: value = value << 4 | Self(byte - 87)
            default: return nil
            }
        }
        self = value
    }
}
