package import Consent

/// The lines of a job's data: a record's id and the fields that it gets.
package struct BulkUpload: Sendable {
    private var columns: [String] = []
    private var places: [String: Int] = [:]
    private var records: [(id: String, cells: [Int: String])] = []

    package init() {}

    /// Adds a record; false, and nothing is added, where a value cannot be told from the sign that clears a field.
    package mutating func add(id: String, _ fields: [FieldEntry]) -> Bool {
        var cells: [Int: String] = [:]
        for entry in fields {
            guard entry.value != .string(CSVTable.null) else { return false }
            // Of two fields with one name in any case the later value stays.
            cells[place(of: entry.field)] = Self.cell(entry.value)
        }
        records.append((id, cells))
        return true
    }

    /// All lines, the names of the columns first.
    package func csv() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.count * (24 + columns.count * 8))
        CSVTable.append(["Id"] + columns, to: &bytes)
        for record in records {
            CSVTable.append([record.id] + columns.indices.map { record.cells[$0] ?? "" }, to: &bytes)
        }
        return bytes
    }

    private mutating func place(of field: String) -> Int {
        let name = field.lowercased()
        if let place = places[name] { return place }
        places[name] = columns.count
        columns.append(field)
        return columns.count - 1
    }

    private static func cell(_ value: FieldValue) -> String {
        switch value {
        case .null: CSVTable.null
        case .bool(let flag): flag ? "true" : "false"
        // An empty cell would leave the field as it is.
        case .string(let text), .number(let text): text.isEmpty ? CSVTable.null : text
        }
    }
}
