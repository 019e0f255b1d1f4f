import JSON

extension Org {
    /// One record of a collections call after the first look at it.
    private struct Item {
        var draft: Draft
        var keyValue: String?
        var subjects: [String] = []
    }

    mutating func collections(_ operation: Operation, _ context: CallContext) throws(APIError) -> OrgResponse {
        switch (operation.route, operation.method) {
        case (.collections, "DELETE"):
            return try deleteMany(operation, context)
        case (.collectionsOf(let name), "GET"), (.collectionsOf(let name), "POST"):
            return try retrieveMany(try requiredType(name), operation, context)
        case (.collections, "PATCH"), (.collections, "POST"), (.collectionsUpsert, "PATCH"):
            var response = try saveMany(operation, context)
            Self.misshape(&response, by: context.faults)
            return response
        default:
            throw Self.methodNotAllowed
        }
    }

    private mutating func saveMany(_ operation: Operation, _ context: CallContext) throws(APIError) -> OrgResponse {
        guard let records = operation.body?["records"]?.arrayValue else {
            throw .jsonParser("Missing required field records at [line:1, column:1]")
        }
        guard records.count <= Operation.recordsMax else {
            throw APIError(
                400,
                "EXCEEDED_ID_LIMIT",
                "record limit reached. cannot submit more than \(Operation.recordsMax) records into this call"
            )
        }
        countWrites { $0.batchSizes[records.count, default: 0] += 1 }
        let items = try records.map { record throws(APIError) in try item(record, operation, context) }
        let repeated = repeatedKeys(items, operation)
        // Without allOrNone nothing is rolled back, and a second reference would copy whole tables.
        let isAllOrNone = operation.body?["allOrNone"]?.boolValue == true
        let before = isAllOrNone ? tables : nil
        var results: [Result<JSONValue, APIError>] = []
        for (index, item) in items.enumerated() {
            do throws(APIError) {
                let draft = try item.get()
                if let key = key(of: draft, operation), repeated.contains(key) {
                    throw Self.repeatedRecord(draft, operation)
                }
                if let error = context.fault(at: index, subjects: draft.subjects) {
                    throw error
                }
                results.append(.success(try save(draft, operation, context)))
            } catch {
                results.append(.failure(error))
            }
        }
        return finish(results, rollingBackTo: before)
    }

    /// Reads one record; what Salesforce finds before it looks at any record fails the whole call.
    private func item(
        _ record: JSONValue,
        _ operation: Operation,
        _ context: CallContext
    ) throws(APIError) -> Result<Item, APIError> {
        guard let name = record["attributes"]?["type"]?.stringValue else {
            throw .jsonParser("Missing required field attributes.type at [line:1, column:1]")
        }
        guard let type = objectType(name) else {
            let message = "sObject type '\(name)' is not supported. If you are attempting to use a custom object, be "
            throw APIError(400, "INVALID_TYPE", message + "sure to append the '__c' after the entity name.")
        }
        var keyField: Field?
        if case .collectionsUpsert(let urlType, let fieldName) = operation.route {
            guard urlType.lowercased() == type.name.lowercased() else {
                throw APIError(400, "INVALID_INPUT", "The records must be of the type \(urlType)")
            }
            keyField = try self.keyField(type, fieldName)
        }
        do throws(APIError) {
            var item = Item(draft: try Draft(record, type: type, keyField: keyField))
            item.keyValue = keyField.flatMap { record.member(ignoringCase: $0.name)?.stringValue }
            if !context.faults.isEmpty {
                let target = Target(
                    sobject: type.name,
                    id: item.draft.id,
                    keyField: keyField?.name,
                    keyValue: item.keyValue,
                    body: record
                )
                item.subjects = subjects(of: target)
            }
            return .success(item)
        } catch {
            guard settings.unknownFieldsFailItems, error.code == "INVALID_FIELD" else {
                throw error
            }
            return .failure(error)
        }
    }

    private mutating func save(
        _ item: Item,
        _ operation: Operation,
        _ context: CallContext
    ) throws(APIError) -> JSONValue {
        let draft = item.draft
        if case .collectionsUpsert(_, let fieldName) = operation.route {
            let field = try keyField(draft.type, fieldName)
            guard let value = item.keyValue, !value.isEmpty else {
                throw APIError(400, "MISSING_ARGUMENT", "\(field.name) not specified", fields: [])
            }
            let result = try upsert(draft, key: (field, value), context)
            return .saved(id: result.id, isCreated: result.isCreated)
        }
        if operation.method == "POST" {
            guard draft.id == nil else {
                throw APIError(
                    400,
                    "INVALID_FIELD_FOR_INSERT_UPDATE",
                    "cannot specify Id in an insert call",
                    fields: ["Id"]
                )
            }
            return .saved(id: try create(draft, context))
        }
        guard let id = draft.id else {
            throw APIError(400, "MISSING_ARGUMENT", "Id not specified in an update call", fields: [])
        }
        let position = try position(draft.type, id: id)
        try update(draft, at: position, context)
        return .saved(id: tables[draft.type.name]?.records[position].id ?? id)
    }

    private mutating func finish(
        _ results: [Result<JSONValue, APIError>],
        rollingBackTo before: [String: Table]?
    ) -> OrgResponse {
        let failures = results.count { if case .failure = $0 { true } else { false } }
        if let before, failures > 0 {
            tables = before
            countWrites { $0.recordsFailed += results.count }
            let rolledBack = APIError(
                400,
                "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                "Record rolled back because not all records were valid and the request was using AllOrNone header",
                fields: []
            )
            return .json(
                .array(
                    results.map { result in
                        if case .failure(let error) = result { error.failedItem } else { rolledBack.failedItem }
                    }
                )
            )
        }
        countWrites { $0.recordsFailed += failures }
        return .json(
            .array(
                results.map { result in
                    switch result {
                    case .success(let value): value
                    case .failure(let error): error.failedItem
                    }
                }
            )
        )
    }

    private static func misshape(_ response: inout OrgResponse, by faults: [Fault]) {
        for case .results(let odd) in faults.map(\.effect) {
            guard case .json(.array(let results)) = response.payload else { continue }
            response.payload = .json(.array(odd.list(of: results)))
        }
    }

    private func key(of item: Item, _ operation: Operation) -> String? {
        item.keyValue?.lowercased() ?? item.draft.id.flatMap(RecordID.canonical)
    }

    private func repeatedKeys(_ items: [Result<Item, APIError>], _ operation: Operation) -> Set<String> {
        var seen: Set<String> = []
        var repeated: Set<String> = []
        for case .success(let item) in items {
            guard let key = key(of: item, operation), !seen.insert(key).inserted else {
                continue
            }
            repeated.insert(key)
        }
        return repeated
    }

    private static func repeatedRecord(_ item: Item, _ operation: Operation) -> APIError {
        if let value = item.keyValue {
            return APIError(400, "DUPLICATE_VALUE", "Duplicate external id specified: \(value)", fields: [])
        }
        return APIError(400, "DUPLICATE_VALUE", "Duplicate id specified: \(item.draft.id ?? "")", fields: ["Id"])
    }

    private mutating func deleteMany(_ operation: Operation, _ context: CallContext) throws(APIError) -> OrgResponse {
        guard operation.deletedIDs.count <= Operation.recordsMax else {
            throw APIError(400, "EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 200 records")
        }
        let before = operation.queryItem("allOrNone") == "true" ? tables : nil
        var results: [Result<JSONValue, APIError>] = []
        for (index, id) in operation.deletedIDs.enumerated() {
            do throws(APIError) {
                guard let type = schema.values.first(where: { id.hasPrefix($0.keyPrefix) }) else {
                    throw APIError(400, "MALFORMED_ID", "bad id \(id)", fields: [])
                }
                if let error = context.fault(at: index, subjects: subjects(of: Target(sobject: type.name, id: id))) {
                    throw error
                }
                try delete(type, id: id)
                results.append(.success(.saved(id: RecordID.canonical(id) ?? id)))
            } catch {
                results.append(.failure(error))
            }
        }
        return finish(results, rollingBackTo: before)
    }

    private func retrieveMany(
        _ type: ObjectType,
        _ operation: Operation,
        _ context: CallContext
    ) throws(APIError) -> OrgResponse {
        let listed = { (name: String) -> [String] in
            operation.body?[name]?.arrayValue?.compactMap(\.stringValue)
                ?? (operation.queryItem(name) ?? "").split(separator: ",").map(String.init)
        }
        let fields = try listed("fields").map { name throws(APIError) in
            guard let field = type.field(name), field.isVisible else {
                throw .invalidField("No such column '\(name)' on entity '\(type.name)'.")
            }
            return field
        }
        let rows = listed("ids").map { id in
            guard let position = RecordID.canonical(id).flatMap({ tables[type.name]?.position(of: $0) }),
                let record = tables[type.name]?.records[position], !record.isDeleted
            else {
                return JSONValue.null
            }
            return row(type, record, fields: fields, context)
        }
        return .json(.array(rows))
    }
}

extension JSONValue {
    func member(ignoringCase name: String) -> JSONValue? {
        self[name] ?? objectValue?.members.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
