/// A moment in the org's time, in milliseconds since 1970, handed in by the caller.
package struct OrgTime: Sendable, Comparable, Hashable {
    /// Milliseconds since 1970.
    package var milliseconds: Int64

    /// Makes a moment from milliseconds since 1970.
    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Orders moments by time.
    package static func < (left: OrgTime, right: OrgTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment as the REST API writes it, for instance `2026-03-14T09:26:53.000+0000`.
    var dateTimeText: String {
        let seconds = milliseconds.flooredQuotient(by: 1_000)
        let day = seconds.flooredQuotient(by: 86_400)
        let rest = seconds - day * 86_400
        let clock = "\(pad(rest / 3_600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))"
        return "\(Self.dayText(day))T\(clock).\(pad(milliseconds - seconds * 1_000, 3))+0000"
    }

    /// The calendar day that is `days` after 1970-01-01.
    static func dayText(_ days: Int64) -> String {
        // Civil-from-days, after Howard Hinnant's public algorithm.
        let shifted = days + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    }

    /// Days from 1970-01-01 to a calendar day, nil when there is no such day.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard (1...12).contains(month), day >= 1 else {
            return nil
        }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear.flooredQuotient(by: 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return dayText(days) == "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))" ? days : nil
    }

    /// Reads `YYYY-MM-DD`, optionally followed by `T`, a time and an offset; nil for anything else.
    static func parse(_ text: String) -> (time: OrgTime, hasClock: Bool)? {
        var rest = Substring(text)
        guard let year = digits(&rest, 4), take(&rest, "-"), let month = digits(&rest, 2), take(&rest, "-"),
            let day = digits(&rest, 2), let days = days(year: year, month: month, day: day)
        else {
            return nil
        }
        if rest.isEmpty {
            return (OrgTime(milliseconds: days * 86_400_000), false)
        }
        guard take(&rest, "T"), let hour = digits(&rest, 2), hour < 24, take(&rest, ":"),
            let minute = digits(&rest, 2), minute < 60
        else {
            return nil
        }
        var milliseconds = ((days * 24 + hour) * 60 + minute) * 60_000
        if take(&rest, ":") {
            guard let second = digits(&rest, 2), second < 60 else {
                return nil
            }
            milliseconds += second * 1_000
            if take(&rest, ".") {
                let fraction = rest.prefix { $0.isNumber }
                guard !fraction.isEmpty, let value = Int64((String(fraction) + "00").prefix(3)) else {
                    return nil
                }
                milliseconds += value
                rest = rest.dropFirst(fraction.count)
            }
        }
        guard let offset = offsetMinutes(&rest) else {
            return nil
        }
        return (OrgTime(milliseconds: milliseconds - offset * 60_000), true)
    }

    private static func offsetMinutes(_ rest: inout Substring) -> Int64? {
        if rest.isEmpty || rest == "Z" {
            return 0
        }
        let sign: Int64 = rest.first == "-" ? -1 : 1
        guard take(&rest, "+") || take(&rest, "-"), let hours = digits(&rest, 2) else {
            return nil
        }
        _ = take(&rest, ":")
        guard let minutes = digits(&rest, 2), rest.isEmpty else {
            return nil
        }
        return sign * (hours * 60 + minutes)
    }

    private static func digits(_ rest: inout Substring, _ count: Int) -> Int64? {
        let head = rest.prefix(count)
        guard head.utf8.count == count, head.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        rest = rest.dropFirst(count)
        return Int64(head)
    }

    private static func take(_ rest: inout Substring, _ character: Character) -> Bool {
        guard rest.first == character else {
            return false
        }
        rest = rest.dropFirst()
        return true
    }
}

/// Writes a number with leading zeros up to `width`.
func pad(_ number: Int64, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
