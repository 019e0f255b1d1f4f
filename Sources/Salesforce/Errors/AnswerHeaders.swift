package import Consent
package import Delivery

/// What Salesforce says in the headers of an answer.
package enum AnswerHeaders {
    /// Reads `Sforce-Limit-Info`, such as `api-usage=25/5000; per-app-api-usage=17/250(appName=x)`.
    package static func usage(_ text: String?) -> APIUsage? {
        guard let text else { return nil }
        for part in text.split(separator: ";") {
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
        guard let moment = date(text) else { return nil }
        return min(max(moment - now, .zero), .seconds(secondsMax))
    }

    /// A longer wait is no advice but a mistake.
    private static let secondsMax: Int64 = 24 * 60 * 60

    /// Reads the fixed form of HTTP dates, `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: Substring) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month + 1
        return Timestamp(rfc3339: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " || $0 == "\t" }
        while text.last == " " || text.last == "\t" { text = text.dropLast() }
        return text
    }
}
