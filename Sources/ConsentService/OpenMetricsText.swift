/// Writes measurements in the OpenMetrics text format, families in the order they are added.
struct OpenMetricsText {
    private var text = ""

    enum Kind: String {
        case counter
        case gauge
        case histogram
        case info
    }

    /// Begins a family; its samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# TYPE \(name) \(kind.rawValue)\n# HELP \(name) \(Self.escaped(help))\n"
    }

    mutating func sample(_ name: String, labels: [(String, String)] = [], _ value: Int) {
        write(name, labels, "\(value)")
    }

    mutating func sample(_ name: String, labels: [(String, String)] = [], _ value: Double) {
        write(name, labels, "\(value)")
    }

    /// The whole text with its end mark.
    func finished() -> String { text + "# EOF\n" }

    private mutating func write(_ name: String, _ labels: [(String, String)], _ value: String) {
        text += name
        if !labels.isEmpty {
            let pairs = labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }
            text += "{" + pairs.joined(separator: ",") + "}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
