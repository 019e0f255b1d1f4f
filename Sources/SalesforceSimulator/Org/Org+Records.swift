import JSON

extension Org {
    /// `POST /sobjects/X`.
    mutating func createRecord(
        _ name: String,
        _ operation: Operation,
        _ context: CallContext
    ) throws(APIError) -> OrgResponse {
        guard operation.method == "POST" else {
            throw Self.methodNotAllowed
        }
        let type = try requiredType(name)
        guard let body = operation.body else {
            throw .jsonParser("The HTTP entity body is required, but this request has no entity body.")
        }
        let draft = try Draft(body, type: type)
        try failIfArranged(operation, context)
        let id = try create(draft, context)
        var response = OrgResponse.json(.saved(id: id), status: 201)
        response.headers.append(("Location", "\(context.dataPath)/sobjects/\(type.name)/\(id)"))
        return response
    }

    /// `GET`, `PATCH` and `DELETE /sobjects/X/Id`.
    mutating func record(
        _ type: ObjectType,
        id: String,
        _ operation: Operation,
        _ context: CallContext
    ) throws(APIError) -> OrgResponse {
        if operation.method == "GET" || operation.method == "HEAD" {
            return try retrieve(type, id: id, operation, context)
        }
        try failIfArranged(operation, context)
        do throws(APIError) {
            switch operation.method {
            case "PATCH":
                guard let body = operation.body else {
                    throw APIError.jsonParser("The HTTP entity body is required, but this request has no entity body.")
                }
                let draft = try Draft(body, type: type)
                guard draft.id == nil else {
                    throw APIError(400, "INVALID_FIELD", "The Id field should not be specified in the sobject data.")
                }
                try update(draft, at: try position(type, id: id), context)
            case "DELETE":
                try delete(type, id: id)
            default:
                throw Self.methodNotAllowed
            }
        } catch {
            throw error.code == "INVALID_CROSS_REFERENCE_KEY" ? .notFound : error
        }
        return OrgResponse(status: 204)
    }

    /// `GET` and `PATCH /sobjects/X/Field/value`.
    mutating func recordByKey(
        _ type: ObjectType,
        _ fieldName: String,
        _ value: String,
        _ operation: Operation,
        _ context: CallContext
    ) throws(APIError) -> OrgResponse {
        let field = try keyField(type, fieldName)
        let found = livePositions(type, field, value)
        guard found.count <= 1 else {
            let ids = found.compactMap { tables[type.name]?.records[$0].id }
            return .json(.array(ids.map { .string("\(context.dataPath)/sobjects/\(type.name)/\($0)") }), status: 300)
        }
        switch operation.method {
        case "GET", "DELETE":
            guard let position = found.first, let id = tables[type.name]?.records[position].id else {
                throw .notFound
            }
            return try record(type, id: id, operation, context)
        case "PATCH":
            let draft = try Draft(operation.body ?? [:], type: type)
            guard !draft.fields.contains(where: { $0.field.name == field.name }) else {
                let message = "The \(field.name) field should not be specified in the sobject data."
                throw APIError(400, "INVALID_FIELD", message)
            }
            try failIfArranged(operation, context)
            let result = try upsert(
                draft,
                key: (field, value),
                context,
                createsMissing: operation.queryItem("updateOnly") != "true"
            )
            let answer = JSONValue.saved(id: result.id, isCreated: result.isCreated)
            return .json(answer, status: result.isCreated ? 201 : 200)
        default:
            throw Self.methodNotAllowed
        }
    }

    /// A record as reads return it.
    func row(_ type: ObjectType, _ record: Record, fields: [Field], _ context: CallContext) -> JSONValue {
        var members: [(String, JSONValue)] = [("attributes", attributes(type, record, context))]
        members += fields.map { ($0.name, record.value($0)) }
        return .record(members)
    }

    func attributes(_ type: ObjectType, _ record: Record, _ context: CallContext) -> JSONValue {
        .record([
            ("type", .string(type.name)),
            ("url", .string("\(context.dataPath)/sobjects/\(type.name)/\(record.id)")),
        ])
    }

    private func retrieve(
        _ type: ObjectType,
        id: String,
        _ operation: Operation,
        _ context: CallContext
    ) throws(APIError) -> OrgResponse {
        guard let canonical = RecordID.canonical(id), let table = tables[type.name],
            let position = table.position(of: canonical)
        else {
            throw APIError(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: \(id)")
        }
        let record = table.records[position]
        guard !record.isDeleted else {
            throw .entityIsDeleted
        }
        var fields = type.fields.filter(\.isVisible)
        if let names = operation.queryItem("fields") {
            fields = try names.split(separator: ",").map { name throws(APIError) in
                guard let field = type.field(String(name)), field.isVisible else {
                    throw .invalidField("No such column '\(name)' on entity '\(type.name)'.")
                }
                return field
            }
        }
        return .json(row(type, record, fields: fields, context))
    }

    private func failIfArranged(_ operation: Operation, _ context: CallContext) throws(APIError) {
        guard !context.faults.isEmpty else {
            return
        }
        for target in targets(of: operation) {
            if let error = context.fault(at: 0, subjects: subjects(of: target)) {
                throw error
            }
        }
    }
}

extension JSONValue {
    /// The result of a record that was saved.
    static func saved(id: String, isCreated: Bool? = nil) -> JSONValue {
        var members: [(String, JSONValue)] = [("id", .string(id)), ("success", .bool(true)), ("errors", .array([]))]
        if let isCreated {
            members.append(("created", .bool(isCreated)))
        }
        return .record(members)
    }
}
