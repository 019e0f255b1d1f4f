/// A length of time, as people write it: a number and `ms`, `s`, `m`, `h` or `d`; a bare number is seconds.
struct TimeSpan: Equatable {
    var duration: Duration

    init?(_ text: String) {
        let units: [(suffix: String, milliseconds: Int)] = [
            ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("", 1_000),
        ]
        guard let unit = units.first(where: { text.hasSuffix($0.suffix) }) else { return nil }
        let digits = text.dropLast(unit.suffix.count)
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(digits) else {
            return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        guard !overflow, product <= 3_650 * 86_400_000 else { return nil }
        duration = .milliseconds(product)
    }
}
