import JSON

/// All rows of one object, with indexes over the fields that callers look records up by.
struct Table: Sendable {
    private(set) var records: [Record] = []
    private var positions: [String: Int] = [:]
    private let indexedNames: [String]
    private var indexes: [String: [String: [Int]]] = [:]

    init(type: ObjectType) {
        indexedNames = type.fields.filter { $0.isIndexed && $0.name != "Id" }.map(\.name)
        for name in indexedNames {
            indexes[name] = [:]
        }
    }

    func position(of id: String) -> Int? {
        positions[id]
    }

    func hasIndex(on fieldName: String) -> Bool {
        indexes[fieldName] != nil
    }

    /// Positions whose indexed text equals `text` without regard to case, deleted rows included.
    func positions(field fieldName: String, equals text: String) -> [Int] {
        indexes[fieldName]?[text.lowercased()] ?? []
    }

    @discardableResult
    mutating func insert(_ record: Record) -> Int {
        let position = records.count
        records.append(record)
        positions[record.id] = position
        for name in indexedNames {
            addToIndex(name, record.fields[name], position)
        }
        return position
    }

    /// Sets one field of a row and keeps the indexes true.
    mutating func set(_ name: String, to value: JSONValue, at position: Int) {
        if indexes[name] != nil {
            removeFromIndex(name, records[position].fields[name], position)
            addToIndex(name, value, position)
        }
        records[position].fields[name] = value
    }

    mutating func markDeleted(at position: Int) {
        records[position].isDeleted = true
    }

    mutating func note(_ write: Record.Write, at position: Int) {
        records[position].note(write)
    }

    private mutating func addToIndex(_ name: String, _ value: JSONValue?, _ position: Int) {
        guard let text = value?.stringValue else {
            return
        }
        indexes[name]?[text.lowercased(), default: []].append(position)
    }

    private mutating func removeFromIndex(_ name: String, _ value: JSONValue?, _ position: Int) {
        guard let text = value?.stringValue else {
            return
        }
        indexes[name]?[text.lowercased()]?.removeAll { $0 == position }
    }
}
