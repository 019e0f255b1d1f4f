package import JSON

extension Org {
    /// Puts a record in place without the checks of a write, read-only fields and a chosen `Id` included.
    ///
    /// - Returns: the record's 18-character id.
    @discardableResult
    package mutating func seed(
        _ sobject: String,
        _ fields: JSONValue,
        at now: OrgTime
    ) throws(ScenarioError) -> String {
        guard let type = objectType(sobject) else {
            throw ScenarioError(message: "there is no object \"\(sobject)\"")
        }
        var values: [String: JSONValue] = [
            "CreatedDate": .string(now.dateTimeText), "LastModifiedDate": .string(now.dateTimeText),
            "SystemModstamp": .string(now.dateTimeText),
        ]
        var id = RecordID.make(prefix: type.keyPrefix, number: makeNumber())
        for (name, value) in fields.objectValue?.members ?? [] where name != "attributes" {
            guard let field = type.field(name) else {
                throw ScenarioError(message: "there is no field \"\(name)\" on \(type.name)")
            }
            if field.name == "Id" {
                guard let chosen = value.stringValue.flatMap(RecordID.canonical), chosen.hasPrefix(type.keyPrefix)
                else {
                    throw ScenarioError(message: "the id of a record is malformed")
                }
                id = chosen
            } else if field.type == .reference {
                values[field.name] = value.stringValue.flatMap(RecordID.canonical).map { .string($0) } ?? value
            } else {
                values[field.name] = value
            }
        }
        if type.field("LastName") != nil, values["Name"] == nil {
            let parts = [values["FirstName"]?.stringValue, values["LastName"]?.stringValue].compactMap(\.self)
            values["Name"] = .string(parts.joined(separator: " "))
        }
        guard tables[type.name]?.position(of: id) == nil else {
            throw ScenarioError(message: "a record with that id exists already")
        }
        tables[type.name]?.insert(Record(id: id, fields: values))
        return id
    }

    /// Seeds people `person000001@example.com`, `person000002@…` and so on; contacts share accounts four by four.
    ///
    /// - Returns: the ids in the order of the people.
    @discardableResult
    package mutating func seed(people count: Int, _ sobject: String, at now: OrgTime) throws(ScenarioError) -> [String]
    {
        var ids: [String] = []
        ids.reserveCapacity(count)
        var accountID = ""
        for number in 1...max(1, count) where number <= count {
            let digits = pad(Int64(number), 6)
            var fields: [(String, JSONValue)] = [("External_Id__c", .string("person-\(digits)"))]
            switch sobject.lowercased() {
            case "account":
                fields.append(("Name", .string("Household \(digits)")))
            default:
                fields.append(("LastName", .string("Person \(digits)")))
                fields.append(("Email", .string("person\(digits)@example.com")))
            }
            if sobject.lowercased() == "lead" {
                fields.append(("Company", "Example"))
            }
            if sobject.lowercased() == "contact" {
                if number % 4 == 1 {
                    accountID = try seed("Account", ["Name": .string("Household \(digits)")], at: now)
                }
                fields.append(("AccountId", .string(accountID)))
            }
            ids.append(try seed(sobject, .record(fields), at: now))
        }
        return ids
    }

    /// The records of an object with every field, oldest first; deleted ones only when asked for.
    package func records(_ sobject: String, includingDeleted: Bool = false) -> [JSONValue] {
        guard let type = objectType(sobject), let table = tables[type.name] else {
            return []
        }
        return table.records.filter { includingDeleted || !$0.isDeleted }.map { record in
            .record(type.fields.map { ($0.name, record.value($0)) })
        }
    }

    /// One record with every field, nil when there is none of that id.
    package func record(_ sobject: String, id: String) -> JSONValue? {
        guard let type = objectType(sobject), let table = tables[type.name],
            let position = RecordID.canonical(id).flatMap({ table.position(of: $0) })
        else {
            return nil
        }
        let record = table.records[position]
        return .record(type.fields.map { ($0.name, record.value($0)) })
    }

    /// Marks a record as deleted, as if a user had done it.
    package mutating func remove(_ sobject: String, id: String) {
        guard let type = objectType(sobject),
            let position = RecordID.canonical(id).flatMap({ tables[type.name]?.position(of: $0) })
        else {
            return
        }
        tables[type.name]?.markDeleted(at: position)
    }

    /// The last writes of a record, oldest first: `call` (its number), `at` (milliseconds since 1970), `fields`.
    package func writes(_ sobject: String, id: String) -> [JSONValue] {
        guard let type = objectType(sobject), let table = tables[type.name],
            let position = RecordID.canonical(id).flatMap({ table.position(of: $0) })
        else {
            return []
        }
        return table.records[position].writes.map { write in
            .record([
                ("call", .int(write.callNumber)), ("at", .int(Int(write.time.milliseconds))), ("fields", write.fields),
            ])
        }
    }
}
