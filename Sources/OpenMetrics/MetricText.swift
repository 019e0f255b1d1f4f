/// Writes measurements in the OpenMetrics text format.
struct MetricText {
    private var text = ""

    /// Begins a family; its samples follow.
    mutating func family(_ name: String, _ kind: MetricFamily.Kind, _ help: String) {
        text += "# TYPE \(name) \(kind.rawValue)\n"
        if !help.isEmpty { text += "# HELP \(name) \(MetricLabels.escaped(help))\n" }
    }

    mutating func sample(_ name: String, _ labels: String, _ value: Int64) {
        write(name, labels, "\(value)")
    }

    mutating func sample(_ name: String, _ labels: String, _ value: Double) {
        write(name, labels, Self.number(value))
    }

    /// The whole text with its end mark.
    func finished() -> String { text + "# EOF\n" }

    private mutating func write(_ name: String, _ labels: String, _ value: String) {
        text += name
        if !labels.isEmpty { text += "{" + labels + "}" }
        text += " " + value + "\n"
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return "\(whole)" }
        return "\(value)"
    }
}
