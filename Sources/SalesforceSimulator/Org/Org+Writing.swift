import JSON

extension Org {
    /// Finds an object by its name, whose case does not matter.
    func objectType(_ name: String) -> ObjectType? {
        schema[name] ?? schema.values.first { $0.name.lowercased() == name.lowercased() }
    }

    func requiredType(_ name: String) throws(APIError) -> ObjectType {
        guard let type = objectType(name) else {
            throw .notFound
        }
        return type
    }

    /// Rows that are not deleted and whose key field holds a value.
    func livePositions(_ type: ObjectType, _ field: Field, _ value: String) -> [Int] {
        guard let table = tables[type.name] else {
            return []
        }
        let found =
            field.name == "Id"
            ? RecordID.canonical(value).flatMap { table.position(of: $0) }.map { [$0] } ?? []
            : table.positions(field: field.name, equals: value)
        return found.filter { !table.records[$0].isDeleted }
    }

    /// Finds a row by id for a write.
    func position(_ type: ObjectType, id: String) throws(APIError) -> Int {
        guard let canonical = RecordID.canonical(id) else {
            throw APIError(400, "MALFORMED_ID", "\(type.name) ID: id value of incorrect type: \(id)", fields: ["Id"])
        }
        guard canonical.hasPrefix(type.keyPrefix) else {
            throw APIError(400, "MALFORMED_ID", "\(type.name) ID: id value of incorrect type: \(id)", fields: ["Id"])
        }
        guard let table = tables[type.name], let position = table.position(of: canonical) else {
            throw APIError(404, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields: [])
        }
        guard !table.records[position].isDeleted else {
            throw .entityIsDeleted
        }
        return position
    }

    /// Saves a new record and returns its id.
    mutating func create(
        _ draft: Draft,
        _ context: CallContext,
        key: (field: Field, value: String)? = nil
    ) throws(APIError) -> String {
        var draft = draft
        if let key {
            draft.fields.append((key.field, .string(key.value)))
        }
        try draft.validate(isCreate: true)
        try checkUnique(draft, besides: nil)
        try checkDuplicates(draft, context)
        let id = RecordID.make(prefix: draft.type.keyPrefix, number: makeNumber())
        var fields: [String: JSONValue] = ["CreatedDate": context.stamp]
        if draft.type.name == "Lead" {
            fields["Status"] = "Open - Not Contacted"
        }
        tables[draft.type.name]?.insert(Record(id: id, fields: fields))
        if let position = tables[draft.type.name]?.position(of: id) {
            apply(draft, at: position, context)
        }
        countWrites { $0.recordsCreated += 1 }
        return id
    }

    /// A duplicate rule that alerts: the caller may save all the same.
    private func checkDuplicates(_ draft: Draft, _ context: CallContext) throws(APIError) {
        guard settings.alertsDuplicates, let email = draft.fields.first(where: { $0.field.name == "Email" }),
            let value = email.value.stringValue, !livePositions(draft.type, email.field, value).isEmpty
        else { return }
        let header = context.request.header("sforce-duplicate-rule-header") ?? ""
        guard !header.lowercased().contains("allowsave=true") else { return }
        throw APIError(400, "DUPLICATES_DETECTED", "Use one of these records?", fields: [])
    }

    /// Saves changes to a record.
    mutating func update(_ draft: Draft, at position: Int, _ context: CallContext) throws(APIError) {
        guard let record = tables[draft.type.name]?.records[position] else {
            throw .notFound
        }
        guard record.fields["IsConverted"]?.boolValue != true else {
            throw APIError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", fields: [])
        }
        try draft.validate(isCreate: false)
        try checkUnique(draft, besides: position)
        apply(draft, at: position, context)
        countWrites { $0.recordsUpdated += 1 }
    }

    /// Updates the record that a key names, or creates it.
    mutating func upsert(
        _ draft: Draft,
        key: (field: Field, value: String),
        _ context: CallContext,
        createsMissing: Bool = true
    ) throws(APIError) -> (id: String, isCreated: Bool) {
        let found = livePositions(draft.type, key.field, key.value)
        guard found.count <= 1 else {
            let text = "\(key.field.name): more than one record found for external id field: "
            let ids = found.compactMap { tables[draft.type.name]?.records[$0].id }
            throw APIError(300, "DUPLICATE_EXTERNAL_ID", text + "[\(ids.joined(separator: ", "))]", fields: [])
        }
        if let position = found.first, let id = tables[draft.type.name]?.records[position].id {
            try update(draft, at: position, context)
            return (id, false)
        }
        guard createsMissing, key.field.name != "Id" else {
            throw .notFound
        }
        return (try create(draft, context, key: key), true)
    }

    mutating func delete(_ type: ObjectType, id: String) throws(APIError) {
        let position = try position(type, id: id)
        tables[type.name]?.markDeleted(at: position)
        countWrites { $0.recordsDeleted += 1 }
    }

    /// The field that an upsert goes by.
    func keyField(_ type: ObjectType, _ name: String) throws(APIError) -> Field {
        guard let field = type.field(name), field.isVisible, field.isExternalID || field.isIDLookup else {
            throw APIError(
                404,
                "NOT_FOUND",
                "Provided external ID field does not exist or is not accessible: \(name)"
            )
        }
        return field
    }

    private func checkUnique(_ draft: Draft, besides position: Int?) throws(APIError) {
        for (field, value) in draft.fields where field.isUnique {
            guard let text = value.stringValue, !text.isEmpty else {
                continue
            }
            guard let other = livePositions(draft.type, field, text).first(where: { $0 != position }),
                let id = tables[draft.type.name]?.records[other].id
            else {
                continue
            }
            throw APIError(
                400,
                "DUPLICATE_VALUE",
                "duplicate value found: \(field.name) duplicates value on record with id: \(id)",
                fields: []
            )
        }
    }

    private mutating func apply(_ draft: Draft, at position: Int, _ context: CallContext) {
        let name = draft.type.name
        for (field, value) in draft.fields {
            var stored = value.stringValue == "" ? .null : value
            if field.type == .reference, let id = value.stringValue.flatMap(RecordID.canonical) {
                stored = .string(id)
            }
            tables[name]?.set(field.name, to: stored, at: position)
        }
        tables[name]?.set("LastModifiedDate", to: context.stamp, at: position)
        tables[name]?.set("SystemModstamp", to: context.stamp, at: position)
        if draft.fields.contains(where: { $0.field.name.hasSuffix("Name") }), draft.type.field("LastName") != nil,
            let fields = tables[name]?.records[position].fields
        {
            let parts = [fields["FirstName"]?.stringValue, fields["LastName"]?.stringValue].compactMap(\.self)
            tables[name]?.set("Name", to: .string(parts.joined(separator: " ")), at: position)
        }
        let written = JSONValue.record(draft.fields.map { ($0.field.name, $0.value) })
        tables[name]?.note(
            Record.Write(callNumber: context.number, time: context.now, fields: written),
            at: position
        )
    }
}
