import CoreMetrics
import Synchronization

/// One line of measurements: a name with certain labels.
protocol MetricSeries: AnyObject, Sendable {
    /// The samples, under the family's name.
    func write(_ name: String, _ labels: String, to text: inout MetricText)
}

/// Only grows.
final class CounterSeries: MetricSeries, CounterHandler {
    private let value = Atomic<Int64>(0)

    func increment(by amount: Int64) {
        guard amount > 0 else { return }
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }

    func write(_ name: String, _ labels: String, to text: inout MetricText) {
        text.sample(name + "_total", labels, value.load(ordering: .relaxed))
    }
}

/// Tells how something stands.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(Double(0).bitPattern)
    private let suffix: String

    init(suffix: String = "") {
        self.suffix = suffix
    }

    func set(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    func set(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func record(_ value: Int64) { set(Double(value)) }

    func increment(by amount: Double) {
        var old = bits.load(ordering: .relaxed)
        while true {
            let new = (Double(bitPattern: old) + amount).bitPattern
            let result = bits.weakCompareExchange(expected: old, desired: new, ordering: .relaxed)
            if result.exchanged { return }
            old = result.original
        }
    }

    func decrement(by amount: Double) { increment(by: -amount) }

    func write(_ name: String, _ labels: String, to text: inout MetricText) {
        text.sample(name + suffix, labels, Double(bitPattern: bits.load(ordering: .relaxed)))
    }
}

/// Counts values in classes; a timer's are in seconds.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    private let bounds: [Double]
    private let content: Mutex<Content>

    private struct Content {
        /// One for each class, the last one for what is above all bounds.
        var counts: [Int64]
        var sum = 0.0
    }

    init(bounds: [Double]) {
        self.bounds = bounds
        content = Mutex(Content(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Double) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        content.withLock { content in
            content.counts[index] += 1
            content.sum += value
        }
    }

    func record(_ value: Int64) { record(Double(value)) }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1_000_000_000) }

    func write(_ name: String, _ labels: String, to text: inout MetricText) {
        let content = content.withLock { $0 }
        let prefix = labels.isEmpty ? "" : labels + ","
        var count: Int64 = 0
        for (bound, part) in zip(bounds, content.counts) {
            count += part
            text.sample(name + "_bucket", "\(prefix)le=\"\(bound)\"", count)
        }
        count += content.counts[bounds.count]
        text.sample(name + "_bucket", prefix + "le=\"+Inf\"", count)
        text.sample(name + "_count", labels, count)
        text.sample(name + "_sum", labels, content.sum)
    }
}
