package import JSON

extension Org {
    /// The resources below `/simulator`, which people and tests steer the org with.
    mutating func control(_ path: [String], _ operation: Operation, _ context: CallContext) -> OrgResponse {
        do throws(ScenarioError) {
            return try controlled(path, operation, context)
        } catch {
            return .json(.record([("error", .string(error.message))]), status: 400)
        }
    }

    private mutating func controlled(
        _ path: [String],
        _ operation: Operation,
        _ context: CallContext
    ) throws(ScenarioError) -> OrgResponse {
        switch (operation.method, path) {
        case ("GET", ["faults"]):
            return .json(.record([("faults", .array(faults.faults.map(\.json)))]))
        case ("PUT", ["faults"]):
            faults = FaultPlan(faults: try Self.faults(in: operation.body))
            return .json(.record([("faults", .array(faults.faults.map(\.json)))]))
        case ("POST", ["faults"]):
            faults.faults += try Self.faults(in: operation.body)
            return .json(.record([("faults", .array(faults.faults.map(\.json)))]))
        case ("DELETE", ["faults"]):
            faults = FaultPlan()
            return OrgResponse(status: 204)
        case ("GET", ["records"]):
            return try list(operation)
        case ("PUT", ["records"]):
            return .json(.record([("ids", .array(try seed(operation.body, context).map { .string($0) }))]))
        case ("DELETE", ["records"]):
            remove(operation.queryItem("sobject") ?? "", id: operation.queryItem("id") ?? "")
            return OrgResponse(status: 204)
        case ("GET", ["writes"]):
            let sobject = operation.queryItem("sobject") ?? ""
            let list = writes(sobject, id: operation.queryItem("id") ?? "")
            return .json(.record([("writes", .array(list))]))
        case ("GET", ["statistics"]):
            return .json(statistics.json)
        case ("DELETE", ["statistics"]):
            resetStatistics()
            return OrgResponse(status: 204)
        case ("GET", ["settings"]):
            return .json(settings.json)
        case ("PUT", ["settings"]):
            try settings.change(operation.body ?? .null)
            return .json(settings.json)
        case ("PUT", ["schema"]):
            try changeSchema(operation.body ?? .null)
            return OrgResponse(status: 204)
        case ("PUT", ["scenario"]):
            try load(operation.body ?? .null, at: context.now)
            return OrgResponse(status: 204)
        case ("POST", ["reset"]):
            reset()
            return OrgResponse(status: 204)
        default:
            return .json(.record([("error", "no such control resource")]), status: 404)
        }
    }

    private func list(_ operation: Operation) throws(ScenarioError) -> OrgResponse {
        let sobject = operation.queryItem("sobject") ?? ""
        guard let type = objectType(sobject) else {
            throw ScenarioError(message: "the query item \"sobject\" names no object")
        }
        var rows = records(type.name, includingDeleted: operation.queryItem("deleted") == "true")
        if let subject = operation.queryItem("subject")?.lowercased() {
            let keys = type.fields.filter { $0.isIndexed }.map(\.name)
            rows = rows.filter { row in keys.contains { row[$0]?.stringValue?.lowercased() == subject } }
        }
        return .json(.record([("total", .int(rows.count)), ("records", .array(rows))]))
    }

    private mutating func seed(_ body: JSONValue?, _ context: CallContext) throws(ScenarioError) -> [String] {
        let sobject = body?["sobject"]?.stringValue ?? "Lead"
        var ids: [String] = []
        if let people = body?["people"]?.intValue {
            ids += try seed(people: people, sobject, at: context.now)
        }
        for record in body?["records"]?.arrayValue ?? [] {
            ids.append(try seed(record["attributes"]?["type"]?.stringValue ?? sobject, record, at: context.now))
        }
        return ids
    }

    /// Applies a scenario: its members are `settings`, `schema`, `people`, `records` and `faults`, all optional.
    package mutating func load(_ scenario: JSONValue, at now: OrgTime) throws(ScenarioError) {
        if let change = scenario["settings"] {
            try settings.change(change)
        }
        for change in scenario["schema"]?.arrayValue ?? [] {
            try changeSchema(change)
        }
        for (sobject, count) in scenario["people"]?.objectValue?.members ?? [] {
            try seed(people: count.intValue ?? 0, sobject, at: now)
        }
        for (sobject, records) in scenario["records"]?.objectValue?.members ?? [] {
            for record in records.arrayValue ?? [] {
                try seed(sobject, record, at: now)
            }
        }
        if scenario["faults"] != nil {
            faults = FaultPlan(faults: try Self.faults(in: scenario))
        }
    }

    private mutating func changeSchema(_ change: JSONValue) throws(ScenarioError) {
        guard let sobject = change["sobject"]?.stringValue, let type = objectType(sobject),
            let name = change["field"]?.stringValue
        else {
            throw ScenarioError(message: "a schema change needs a known \"sobject\" and a \"field\"")
        }
        let kind = change["type"]?.stringValue.map { Field.Kind(rawValue: $0) }
        if kind == .some(nil) {
            throw ScenarioError(message: "the \"type\" of a field is unknown")
        }
        var field = type.field(name) ?? Field(name, name, .string, 255)
        field.type = kind.flatMap(\.self) ?? field.type
        field.length = change["length"]?.intValue ?? field.length
        field.isVisible = change["visible"]?.boolValue ?? field.isVisible
        field.isUpdateable = change["updateable"]?.boolValue ?? field.isUpdateable
        field.isCreateable = change["createable"]?.boolValue ?? field.isCreateable
        field.isRequiredOnCreate = change["required"]?.boolValue ?? field.isRequiredOnCreate
        field.isRestrictedPicklist = change["restricted"]?.boolValue ?? field.isRestrictedPicklist
        field.picklistValues = change["values"]?.arrayValue?.compactMap(\.stringValue) ?? field.picklistValues
        schema[type.name]?.put(field)
    }

    private static func faults(in body: JSONValue?) throws(ScenarioError) -> [Fault] {
        guard let list = body?["faults"]?.arrayValue else {
            throw ScenarioError(message: "the member \"faults\" must be an array")
        }
        return try list.map { value throws(ScenarioError) in try Fault(json: value) }
    }
}

extension OrgSettings {
    /// The settings as the control API shows them; secrets stay inside.
    var json: JSONValue {
        .record([
            ("client_id", .string(clientID)),
            ("username", .string(username)),
            ("instance_url", instanceURL.map { .string($0) } ?? .null),
            ("latency_ms", .int(latencyMilliseconds)),
            ("daily_calls_max", .int(dailyCallsMax)),
            ("unknown_fields_fail_items", .bool(unknownFieldsFailItems)),
            ("alerts_duplicates", .bool(alertsDuplicates)),
            ("query_page_rows", .int(queryPageRows)),
        ])
    }

    /// Sets the members that are present.
    mutating func change(_ value: JSONValue) throws(ScenarioError) {
        guard value.objectValue != nil else {
            throw ScenarioError(message: "settings must be an object")
        }
        clientID = value["client_id"]?.stringValue ?? clientID
        clientSecret = value["client_secret"]?.stringValue ?? clientSecret
        username = value["username"]?.stringValue ?? username
        password = value["password"]?.stringValue ?? password
        if let url = value["instance_url"] {
            instanceURL = url.stringValue
        }
        latencyMilliseconds = value["latency_ms"]?.intValue ?? latencyMilliseconds
        dailyCallsMax = value["daily_calls_max"]?.intValue ?? dailyCallsMax
        alertsDuplicates = value["alerts_duplicates"]?.boolValue ?? alertsDuplicates
        unknownFieldsFailItems = value["unknown_fields_fail_items"]?.boolValue ?? unknownFieldsFailItems
        queryPageRows = max(1, value["query_page_rows"]?.intValue ?? queryPageRows)
    }
}
