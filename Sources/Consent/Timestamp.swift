/// A moment in UTC, in milliseconds since 1970, because the wire carries milliseconds and nothing finer.
package struct Timestamp: Hashable, Comparable, Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + duration.wholeMilliseconds)
    }

    package static func - (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds - duration.wholeMilliseconds)
    }

    package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        .milliseconds(later.milliseconds - earlier.milliseconds)
    }
}

extension Duration {
    /// The whole milliseconds in this duration, rounded towards zero.
    package var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}

extension Timestamp {
    /// Reads RFC 3339 (`2026-03-14T09:26:53.589Z`, any offset, any number of fraction digits); nil when it is not.
    ///
    /// Digits past the millisecond are cut off, not rounded, so that a moment never moves forward.
    package init?(rfc3339 text: some StringProtocol) {
        var reader = DigitReader(Array(text.utf8))
        guard let year = reader.number(4), reader.take("-"), let month = reader.number(2), reader.take("-"),
            let day = reader.number(2), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.number(2), reader.take(":"), let minute = reader.number(2), reader.take(":"),
            let second = reader.number(2)
        else { return nil }
        guard (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, ofYear: year),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        var millisecond = 0
        if reader.take(".") {
            guard let fraction = reader.fractionMilliseconds() else { return nil }
            millisecond = fraction
        }
        guard let offsetMinutes = reader.offsetMinutes(), reader.isAtEnd else { return nil }
        let days = Self.daysSinceEpoch(year: year, month: month, day: day)
        let minutes = (days * 24 + hour) * 60 + minute - offsetMinutes
        milliseconds = Int64((minutes * 60 + second) * 1_000 + millisecond)
        // An offset can lead out of the years that `rfc3339` can write.
        guard Self.writable.contains(milliseconds) else { return nil }
    }

    /// The years 0 to 9999.
    private static let writable = -62_167_219_200_000...Int64(253_402_300_799_999)

    /// The moment as RFC 3339 in UTC with milliseconds, 24 bytes for years 0 to 9999.
    package var rfc3339: String {
        String(decoding: rfc3339Bytes, as: UTF8.self)
    }

    /// How many bytes `rfc3339` has.
    package static let rfc3339ByteCount = 24

    /// The bytes of `rfc3339`.
    package var rfc3339Bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.rfc3339ByteCount)
        var span = bytes.mutableSpan
        writeRFC3339(to: &span, at: 0)
        return bytes
    }

    /// Writes `rfc3339` into the `rfc3339ByteCount` bytes from `start` on.
    package func writeRFC3339(to bytes: inout MutableSpan<UInt8>, at start: Int) {
        let dayMilliseconds: Int64 = 86_400_000
        var days = milliseconds / dayMilliseconds
        var rest = Int(milliseconds % dayMilliseconds)
        if rest < 0 {
            rest += Int(dayMilliseconds)
            days -= 1
        }
        let date = Self.civil(daysSinceEpoch: Int(days))
        bytes.writePair(date.year / 100, at: start + 0)
        bytes.writePair(date.year % 100, at: start + 2)
        bytes[start + 4] = UInt8(ascii: "-")
        bytes.writePair(date.month, at: start + 5)
        bytes[start + 7] = UInt8(ascii: "-")
        bytes.writePair(date.day, at: start + 8)
        bytes[start + 10] = UInt8(ascii: "T")
        bytes.writePair(rest / 3_600_000, at: start + 11)
        bytes[start + 13] = UInt8(ascii: ":")
        bytes.writePair(rest / 60_000 % 60, at: start + 14)
        bytes[start + 16] = UInt8(ascii: ":")
        bytes.writePair(rest / 1_000 % 60, at: start + 17)
        bytes[start + 19] = UInt8(ascii: ".")
        bytes[start + 20] = UInt8(48 + rest % 1_000 / 100)
        bytes.writePair(rest % 100, at: start + 21)
        bytes[start + 23] = UInt8(ascii: "Z")
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`).
    private static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The inverse of `daysSinceEpoch(year:month:day:)` (Howard Hinnant's `civil_from_days`).
    private static func civil(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func days(inMonth month: Int, ofYear year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

/// Takes fixed-width numbers and separators off the front of a timestamp.
private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: scalar) else { return false }
        position += 1
        return true
    }

    mutating func number(_ digits: Int) -> Int? {
        guard position + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + digits] {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int(byte - 48)
        }
        position += digits
        return value
    }

    mutating func fractionMilliseconds() -> Int? {
        var value = 0
        var digits = 0
        while position < bytes.count, (48...57).contains(bytes[position]) {
            if digits < 3 { value = value * 10 + Int(bytes[position] - 48) }
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        while digits < 3 {
            value *= 10
            digits += 1
        }
        return value
    }

    mutating func offsetMinutes() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2), hours <= 23, minutes <= 59 else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }
}

extension MutableSpan<UInt8> {
    /// Writes two decimal digits.
    @inline(__always)
    fileprivate mutating func writePair(_ number: Int, at index: Int) {
        self[index] = UInt8(truncatingIfNeeded: 48 + number / 10 % 10)
        self[index + 1] = UInt8(truncatingIfNeeded: 48 + number % 10)
    }
}
