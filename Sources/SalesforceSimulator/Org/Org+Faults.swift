import JSON

extension Org {
    /// Lets the faults that match a call decide about it.
    mutating func applyFaults(to call: inout Call) {
        guard !faults.faults.isEmpty else {
            return
        }
        let hits = faults.fire(facts(of: call.operation))
        for fault in hits {
            switch fault.effect {
            case .latency(let milliseconds):
                call.delayMilliseconds += milliseconds
            case .hold:
                call.heldBy = fault.name
            case .slowBody(let milliseconds):
                call.bodyDelayMilliseconds += milliseconds
            case .status(let answer):
                call.fate = .answer(answer.response)
            case .lock, .recordError, .bulkJob, .results, .partStatus, .fewerRows:
                call.recordFaults.append(fault)
            case .batchError(_, let code, let message):
                call.fate = .answer(.error(APIError(400, code, message)))
            case .expireTokens:
                sessions = []
            case .refuseLogin(let error, let description):
                countWrites { $0.loginsRefused += 1 }
                call.fate = .answer(Self.oauthError(error, description))
            case .resetBefore:
                call.fate = .close
            case .resetAfterCommit:
                call.fate = .performAndClose
            case .dailyLimit:
                call.fate = .answer(.error(.dailyLimit))
            case .concurrentLimit:
                let message = "ConcurrentPerOrgLongTxn Limit exceeded."
                call.fate = .answer(.error(APIError(403, "REQUEST_LIMIT_EXCEEDED", message)))
            }
        }
    }

    /// Records that a call is about to write, with the accounts above them.
    func touched(by operation: Operation) -> Touched {
        var touched = Touched()
        for operation in operation.withSubrequests where operation.kind.isWrite {
            for item in targets(of: operation) {
                guard let type = objectType(item.sobject), let table = tables[type.name] else {
                    continue
                }
                guard let position = position(of: item, type) else {
                    continue
                }
                let record = table.records[position]
                touched.records.insert(record.id)
                if type.name == "Account" {
                    touched.accounts.insert(record.id)
                } else if let account = record.fields["AccountId"]?.stringValue {
                    touched.accounts.insert(account)
                }
            }
        }
        return touched
    }

    private func facts(of operation: Operation) -> FaultPlan.Facts {
        var facts = FaultPlan.Facts(kinds: [], sobjects: [], subjects: [])
        for operation in operation.withSubrequests {
            facts.kinds.insert(operation.kind)
            if case .bulkJob(let id) = operation.route, operation.method == "GET", bulkJobs[id]?.state == .inProgress {
                facts.isBulkRun = true
            }
            if let name = operation.objectName {
                facts.sobjects.insert(name.lowercased())
            }
            for item in targets(of: operation) {
                facts.sobjects.insert(item.sobject.lowercased())
                facts.subjects.formUnion(subjects(of: item))
            }
        }
        return facts
    }

    /// Every name a fault may know a record by: its id and its key fields, stored and new, in lower case.
    func subjects(of target: Target) -> [String] {
        guard let type = objectType(target.sobject) else {
            return []
        }
        var subjects = target.keyValue.map { [$0] } ?? []
        for field in type.fields where field.isIndexed {
            if let text = target.body?[field.name]?.stringValue {
                subjects.append(text)
            }
        }
        if let position = position(of: target, type), let record = tables[type.name]?.records[position] {
            subjects.append(record.id)
            subjects += type.fields.filter(\.isIndexed).compactMap { record.fields[$0.name]?.stringValue }
        } else if let id = target.id {
            subjects.append(id)
        }
        return subjects.map { $0.lowercased() }
    }

    private func position(of target: Target, _ type: ObjectType) -> Int? {
        if let id = target.id {
            return RecordID.canonical(id).flatMap { tables[type.name]?.position(of: $0) }
        }
        guard let field = target.keyField.flatMap({ type.field($0) }), let value = target.keyValue else {
            return nil
        }
        return livePositions(type, field, value).first
    }

    /// One record that an operation names.
    struct Target {
        var sobject: String
        var id: String?
        var keyField: String?
        var keyValue: String?
        var body: JSONValue?
    }

    func targets(of operation: Operation) -> [Target] {
        switch operation.route {
        case .record(let sobject, let id):
            return [Target(sobject: sobject, id: id, body: operation.body)]
        case .recordByKey(let sobject, let field, let value):
            return [Target(sobject: sobject, keyField: field, keyValue: value, body: operation.body)]
        case .object(let sobject), .objectInfo(let sobject):
            return [Target(sobject: sobject, body: operation.body)]
        case .collections where operation.method == "DELETE":
            return operation.deletedIDs.map { Target(sobject: objectName(ofID: $0), id: $0) }
        case .collections:
            return operation.bodyRecords.map { record in
                Target(
                    sobject: record["attributes"]?["type"]?.stringValue ?? "",
                    id: record["id"]?.stringValue ?? record["Id"]?.stringValue,
                    body: record
                )
            }
        case .collectionsUpsert(let sobject, let field):
            return operation.bodyRecords.map { record in
                Target(sobject: sobject, keyField: field, keyValue: record[field]?.stringValue, body: record)
            }
        default:
            return []
        }
    }

    private func objectName(ofID id: String) -> String {
        schema.values.first { id.hasPrefix($0.keyPrefix) }?.name ?? ""
    }
}

extension APIError {
    static var dailyLimit: APIError {
        APIError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    }
}
