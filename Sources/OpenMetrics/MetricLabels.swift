/// Words of a program, made fit for the text format.
enum MetricLabels {
    /// The labels as they stand between braces; empty where there are none.
    ///
    /// A name that comes twice counts once, with the first value. `le` belongs to histograms themselves.
    static func text(_ dimensions: [(String, String)]) -> String {
        var text = ""
        var names: Set<String> = []
        for (label, value) in dimensions {
            let name = label == "le" ? "exported_le" : name(label, allowsColon: false)
            guard names.insert(name).inserted else { continue }
            if !text.isEmpty { text += "," }
            text += name + "=\"" + escaped(value) + "\""
        }
        return text
    }

    /// A name in the letters that the format allows; every other one becomes `_`.
    static func name(_ word: String, allowsColon: Bool = true) -> String {
        var name = ""
        for scalar in word.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": name.unicodeScalars.append(scalar)
            case "0"..."9" where !name.isEmpty: name.unicodeScalars.append(scalar)
            case ":" where allowsColon: name.unicodeScalars.append(scalar)
            default: name += "_"
            }
        }
        return name.isEmpty ? "_" : name
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
