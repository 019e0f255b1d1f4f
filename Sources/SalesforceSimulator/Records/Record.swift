import JSON

/// One row of an object: its fields under their canonical names, and what happened to it.
struct Record: Sendable {
    let id: String
    var fields: [String: JSONValue]
    var isDeleted = false
    /// Writes that changed or tried to change this row, oldest first, at most `writesMax`.
    private(set) var writes: [Write] = []
    private(set) var writeCount = 0

    static let writesMax = 32

    /// What one write carried and when it was applied.
    struct Write: Sendable {
        var callNumber: Int
        var time: OrgTime
        var fields: JSONValue
    }

    init(id: String, fields: [String: JSONValue]) {
        self.id = id
        self.fields = fields
    }

    func value(_ field: Field) -> JSONValue {
        switch field.name {
        case "Id":
            .string(id)
        case "IsDeleted":
            .bool(isDeleted)
        default:
            fields[field.name] ?? field.emptyValue
        }
    }

    mutating func note(_ write: Write) {
        writeCount += 1
        if writes.count == Self.writesMax {
            writes.removeFirst()
        }
        writes.append(write)
    }
}
