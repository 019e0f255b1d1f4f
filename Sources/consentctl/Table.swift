import JSON

/// Text in columns.
struct Table: CustomStringConvertible {
    private var rows: [[String]]

    init(_ titles: [String]) {
        rows = [titles]
    }

    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    var description: String {
        var widths: [Int] = []
        for row in rows {
            for (column, cell) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], cell.count)
            }
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                // The last column needs no padding, which would only wrap long lines.
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }
            return cells.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

extension Table {
    /// The deliveries in a result of `publishConsent`, `deliveryStatus` or `listDeliveries`.
    static func deliveries(in result: JSONValue) -> Table {
        var table = Table(["DELIVERY", "EVENT", "OBJECT", "STATE", "REASON", "ATTEMPTS", "UPDATED", "RECORDS"])
        for delivery in result["deliveries"]?.arrayValue ?? [] {
            table.add([
                delivery.cell("delivery_id"), delivery.cell("event_id"), delivery.cell("sobject"),
                delivery.cell("state"), delivery.cell("reason"), delivery.cell("attempts"),
                delivery.cell("updated_at"), delivery.cell("record_ids"),
            ])
        }
        return table
    }

    /// Configurations, one in each row.
    static func configurations(_ configurations: [JSONValue]) -> Table {
        var table = Table(["ID", "NAME", "OBJECT", "URL", "STATE", "REASON", "REVISION"])
        for configuration in configurations {
            table.add([
                configuration.cell("id"), configuration.cell("name"),
                configuration["properties"]?.cell("sobject") ?? "-",
                configuration["authentication"]?.cell("url") ?? "-", configuration.cell("state"),
                configuration.cell("state_reason"), configuration.cell("revision"),
            ])
        }
        return table
    }
}

extension JSONValue {
    /// A member as a person reads it.
    func cell(_ name: String) -> String {
        guard let value = self[name], !value.isNull else { return "-" }
        if let text = value.stringValue { return text }
        guard let elements = value.arrayValue else { return value.description }
        return elements.isEmpty ? "-" : elements.map { $0.stringValue ?? $0.description }.joined(separator: ",")
    }
}
