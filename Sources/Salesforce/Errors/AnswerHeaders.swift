package import Consent
package import Delivery

/// What Salesforce says in the headers of an answer.
package enum AnswerHeaders {
    /// Reads `Sforce-Limit-Info`, such as `api-usage=25/5000; per-app-api-usage=17/250(appName=x)`.
    package static func usage(_ text: String?) -> APIUsage? {
        guard let text else { return nil }
        // Proxies that join headers do it by commas.
        for part in text.split(whereSeparator: { $0 == ";" || $0 == "," }) {
            let sides = part.split(separator: "=", maxSplits: 1)
            guard sides.count == 2, trimmed(sides[0]) == "api-usage" else { continue }
            let numbers = sides[1].split(separator: "/")
            guard numbers.count == 2, let used = Int(trimmed(numbers[0])),
                let limit = Int(trimmed(numbers[1]).prefix { $0.isASCII && $0.isNumber }), used >= 0, limit > 0
            else { return nil }
            return APIUsage(used: used, limit: limit)
        }
        return nil
    }

    /// Reads `Retry-After`: seconds, or a date as HTTP writes it; nil for anything else, never negative.
    package static func retryAfter(_ text: String?, at now: Timestamp) -> Duration? {
        guard let text = text.map({ trimmed($0[...]) }), !text.isEmpty else { return nil }
        if let seconds = Int64(text) { return seconds < 0 ? nil : .seconds(min(seconds, secondsMax)) }
        guard let moment = date(text, near: now) else { return nil }
        return min(max(moment - now, .zero), .seconds(secondsMax))
    }

    /// A longer wait is no advice but a mistake.
    private static let secondsMax: Int64 = 24 * 60 * 60

    /// Reads an HTTP date in any of its forms: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or
    /// `Sun Nov  6 08:49:37 1994`.
    private static func date(_ text: Substring, near now: Timestamp) -> Timestamp? {
        let parts = text.split(separator: " ")
        switch parts.count {
        case 6 where parts[5] == "GMT":
            return moment(year: parts[3], month: parts[2], day: parts[1], time: parts[4])
        case 4 where parts[3] == "GMT":
            let date = parts[1].split(separator: "-")
            guard date.count == 3, let year = year(date[2], near: now) else { return nil }
            return moment(year: Substring(year), month: date[1], day: date[0], time: parts[2])
        case 5:
            return moment(year: parts[4], month: parts[1], day: parts[2], time: parts[3])
        default:
            return nil
        }
    }

    private static func moment(year: Substring, month: Substring, day: Substring, time: Substring) -> Timestamp? {
        guard let index = months.firstIndex(of: String(month)) else { return nil }
        func padded(_ text: some StringProtocol) -> String { text.utf8.count == 1 ? "0\(text)" : String(text) }
        return Timestamp(rfc3339: "\(year)-\(padded(String(index + 1)))-\(padded(day))T\(time)Z")
    }

    /// The year nearest to now that ends in these two digits.
    private static func year(_ text: Substring, near now: Timestamp) -> String? {
        guard text.utf8.count == 2, let digits = Int(text), digits >= 0, let current = Int(now.rfc3339.prefix(4)) else {
            return nil
        }
        let year = current / 100 * 100 + digits
        return String(year > current + 50 ? year - 100 : year < current - 50 ? year + 100 : year)
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text = text.dropLast() }
        return text
    }
}
