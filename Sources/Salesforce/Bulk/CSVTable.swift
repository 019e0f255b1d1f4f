/// Comma-separated values as RFC 4180 and Bulk API 2.0 write them, with LF at the end of a line.
package enum CSVTable {
    /// What clears a field; an empty cell leaves it as it is.
    package static let null = "#N/A"

    /// Appends one line, every cell in quotes.
    package static func append(_ cells: [String], to bytes: inout [UInt8]) {
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(comma) }
            guard !cell.isEmpty else { continue }
            bytes.append(quote)
            for byte in cell.utf8 {
                if byte == quote { bytes.append(quote) }
                bytes.append(byte)
            }
            bytes.append(quote)
        }
        bytes.append(lineFeed)
    }

    /// Reads lines of cells, the last with or without its end; nil when a quote is open there, so that something is missing.
    package static func lines(_ bytes: [UInt8]) -> [[String]]? {
        var lines: [[String]] = []
        var line: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch (byte, isQuoted) {
            case (quote, true) where index < bytes.count && bytes[index] == quote:
                cell.append(quote)
                index += 1
            case (quote, _): isQuoted.toggle()
            case (comma, false):
                line.append(String(decoding: cell, as: UTF8.self))
                cell.removeAll(keepingCapacity: true)
            case (lineFeed, false):
                if cell.last == carriageReturn { cell.removeLast() }
                line.append(String(decoding: cell, as: UTF8.self))
                cell.removeAll(keepingCapacity: true)
                lines.append(line)
                line = []
            default: cell.append(byte)
            }
        }
        if !cell.isEmpty || !line.isEmpty { lines.append(line + [String(decoding: cell, as: UTF8.self)]) }
        return isQuoted ? nil : lines
    }

    private static let quote = UInt8(ascii: "\"")
    private static let comma = UInt8(ascii: ",")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
}
