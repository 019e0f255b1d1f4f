/// Measurements of one name: what they are, and what an operator is told of them.
package struct MetricFamily: Sendable {
    package var name: String
    package var kind: Kind
    /// What it means, in one line.
    package var help: String
    /// The upper ends of a histogram's classes, ascending; the last class has none.
    package var bounds: [Double]

    package init(_ name: String, _ kind: Kind, _ help: String, bounds: [Double] = MetricFamily.durations) {
        self.name = name
        self.kind = kind
        self.help = help
        self.bounds = bounds
    }

    /// What a sample of it means, as OpenMetrics names it.
    package enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
        /// A gauge whose value is 1 and whose labels are what it tells.
        case info
    }

    /// Classes for durations from a tenth of a millisecond to a minute, in seconds.
    package static let durations = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5, 10, 60,
    ]
}
