/// Counts durations in buckets that are less than 1.6 % wide.
struct Histogram {
    private var counts = [UInt64](repeating: 0, count: 64 * Self.bucketsPerDoubling)
    private(set) var total: UInt64 = 0

    mutating func record(nanoseconds: UInt64) {
        counts[Self.bucket(of: nanoseconds)] += 1
        total += 1
    }

    /// The duration that the given share of all did not exceed, in microseconds; 0 when nothing was recorded.
    func microseconds(atQuantile quantile: Double) -> Double {
        let rank = max(1, UInt64((Double(total) * quantile).rounded(.up)))
        var seen: UInt64 = 0
        for (bucket, count) in counts.enumerated() where count > 0 {
            seen += count
            if seen >= rank { return Double(Self.upperBound(of: bucket)) / 1_000 }
        }
        return 0
    }

    private static let bucketsPerDoubling = 64

    private static func bucket(of value: UInt64) -> Int {
        guard value >= 64 else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - 6
        return (shift + 1) * bucketsPerDoubling + Int(value >> UInt64(shift)) - 64
    }

    private static func upperBound(of bucket: Int) -> UInt64 {
        guard bucket >= bucketsPerDoubling else { return UInt64(bucket) }
        let shift = UInt64(bucket / bucketsPerDoubling - 1)
        return (UInt64(bucket % bucketsPerDoubling + 65) << shift) - 1
    }
}
