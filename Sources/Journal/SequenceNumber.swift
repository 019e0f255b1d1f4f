/// The position of one record in history; the first record is 1.
package struct SequenceNumber: Hashable, Comparable, Sendable {
    /// The number itself, at least 1.
    package var rawValue: UInt64

    /// The first record of every history.
    package static let first = SequenceNumber(rawValue: 1)

    /// Wraps a number.
    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Orders by age, oldest first.
    package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    /// Returns the number that lies `count` records further on, or back if negative.
    package func advanced(by count: Int) -> SequenceNumber {
        SequenceNumber(rawValue: rawValue &+ UInt64(truncatingIfNeeded: count))
    }
}

extension SequenceNumber: CustomStringConvertible {
    /// The number in decimal.
    package var description: String {
        String(rawValue)
    }
}
