import JSON

extension Org {
    /// Bulk API 2.0 ingest; a job is processed whole at the first look at it after its upload was closed.
    mutating func bulk(_ operation: Operation, _ context: CallContext) throws(APIError) -> OrgResponse {
        switch (operation.method, operation.route) {
        case ("POST", .bulkJobs):
            return try createJob(operation, context)
        case ("GET", .bulkJobs):
            let jobs = bulkJobs.values.sorted { $0.id < $1.id }
            let list = jobs.map { $0.json(dataPath: context.dataPath) }
            return .json(.record([("done", true), ("records", .array(list)), ("nextRecordsUrl", .null)]))
        case ("GET", .bulkJob(let id)):
            try process(id, context)
            return .json(try job(id).json(dataPath: context.dataPath))
        case ("PATCH", .bulkJob(let id)):
            return try changeJob(id, operation, context)
        case ("DELETE", .bulkJob(let id)):
            _ = try job(id)
            bulkJobs[id] = nil
            return OrgResponse(status: 204)
        case ("PUT", .bulkBatches(let id)):
            guard try job(id).state == .open else {
                throw APIError(400, "INVALIDJOBSTATE", "Cannot add data to a job that is not open")
            }
            bulkJobs[id]?.csv = operation.rawBody
            return OrgResponse(status: 201)
        case ("GET", .bulkResults(let id, let part)):
            return try results(of: try job(id), part)
        default:
            throw Self.methodNotAllowed
        }
    }

    private func job(_ id: String) throws(APIError) -> BulkJob {
        guard let job = bulkJobs[id] else {
            throw .notFound
        }
        return job
    }

    private mutating func createJob(_ operation: Operation, _ context: CallContext) throws(APIError) -> OrgResponse {
        guard let name = operation.body?["object"]?.stringValue, let type = objectType(name) else {
            throw APIError(400, "INVALIDENTITY", "Unable to find object")
        }
        let verb = operation.body?["operation"]?.stringValue ?? ""
        guard ["insert", "update", "upsert", "delete"].contains(verb) else {
            throw APIError(400, "INVALIDJOB", "Invalid operation: \(verb)")
        }
        let field = operation.body?["externalIdFieldName"]?.stringValue
        if verb == "upsert" {
            _ = try keyField(type, field ?? "")
        }
        let id = RecordID.make(prefix: "750", number: makeNumber())
        bulkJobs[id] = BulkJob(
            id: id,
            objectName: type.name,
            operation: verb,
            externalIDField: field,
            createdAt: context.now
        )
        return .json(try job(id).json(dataPath: context.dataPath))
    }

    private mutating func changeJob(
        _ id: String,
        _ operation: Operation,
        _ context: CallContext
    ) throws(APIError) -> OrgResponse {
        let job = try job(id)
        switch operation.body?["state"]?.stringValue {
        case "UploadComplete" where job.state == .open:
            bulkJobs[id]?.state = .uploadComplete
        case "Aborted" where job.state == .open || job.state == .uploadComplete:
            bulkJobs[id]?.state = .aborted
        default:
            throw APIError(400, "INVALIDJOBSTATE", "Job state change is not allowed")
        }
        return .json(try self.job(id).json(dataPath: context.dataPath))
    }

    /// Moves a closed job one step: `UploadComplete` is shown as in progress once, then the job is done.
    private mutating func process(_ id: String, _ context: CallContext) throws(APIError) {
        let job = try job(id)
        let trouble = context.faults.lazy.compactMap(\.bulkTrouble).first
        switch (job.state, trouble) {
        case (.uploadComplete, _): bulkJobs[id]?.state = .inProgress
        case (.inProgress, .waits?): break
        case (.inProgress, .fails?): fail(job)
        case (.inProgress, .aborted?):
            run(job, context, share: 2)
            bulkJobs[id]?.state = .aborted
        case (.inProgress, nil): run(job, context)
        default: break
        }
    }

    private mutating func fail(_ job: BulkJob) {
        let rows = CSV.rows(job.csv)
        bulkJobs[job.id]?.columns = rows.first ?? []
        bulkJobs[job.id]?.unprocessed = Array(rows.dropFirst())
        bulkJobs[job.id]?.state = .failed
    }

    /// Processes a job, or one in `share` of its records.
    private mutating func run(_ job: BulkJob, _ context: CallContext, share: Int = 1) {
        let rows = CSV.rows(job.csv)
        guard let columns = rows.first, let type = objectType(job.objectName) else {
            bulkJobs[job.id]?.state = .failed
            return
        }
        bulkJobs[job.id]?.columns = columns
        let processed = (rows.count - 1) / share
        bulkJobs[job.id]?.unprocessed = Array(rows.dropFirst(1 + processed))
        for (index, cells) in rows.dropFirst().prefix(processed).enumerated() {
            do throws(APIError) {
                let (id, isCreated) = try save(cells, columns, type, job, index, context)
                bulkJobs[job.id]?.successes.append(BulkJob.Row(id: id, outcome: String(isCreated), cells: cells))
            } catch {
                let fields = (error.fields ?? []).joined(separator: ",")
                let text = "\(error.code):\(error.message):\(fields.isEmpty ? "" : fields + " ")--"
                bulkJobs[job.id]?.failures.append(BulkJob.Row(id: "", outcome: text, cells: cells))
                countWrites { $0.recordsFailed += 1 }
            }
        }
        bulkJobs[job.id]?.state = .jobComplete
    }

    private mutating func save(
        _ cells: [String],
        _ columns: [String],
        _ type: ObjectType,
        _ job: BulkJob,
        _ index: Int,
        _ context: CallContext
    ) throws(APIError) -> (String, Bool) {
        guard cells.count == columns.count else {
            throw APIError(400, "INVALIDRECORD", "Wrong number of columns", fields: [])
        }
        var members = JSONObject()
        for (column, cell) in zip(columns, cells) where !cell.isEmpty {
            guard let field = type.field(column) else {
                throw APIError(400, "InvalidBatch", "Field name not found : \(column)", fields: [])
            }
            members[field.name] = field.bulkValue(cell)
        }
        let key = try job.externalIDField.map { name throws(APIError) in try keyField(type, name) }
        let draft = try Draft(.object(members), type: type, keyField: job.operation == "upsert" ? key : nil)
        let keyValue = key.flatMap { members[$0.name]?.stringValue }
        let target = Target(
            sobject: type.name,
            id: draft.id,
            keyField: key?.name,
            keyValue: keyValue,
            body: .object(members)
        )
        if !context.faults.isEmpty, let error = context.fault(at: index, subjects: subjects(of: target)) {
            throw error
        }
        switch job.operation {
        case "insert":
            return (try create(draft, context), true)
        case "upsert":
            guard let key, let keyValue else {
                throw APIError(400, "MISSING_ARGUMENT", "external id not specified", fields: [])
            }
            let result = try upsert(draft, key: (key, keyValue), context)
            return (result.id, result.isCreated)
        default:
            let id = draft.id ?? ""
            let position = try position(type, id: id)
            if job.operation == "delete" {
                try delete(type, id: id)
            } else {
                try update(draft, at: position, context)
            }
            return (id, false)
        }
    }

    private func results(of job: BulkJob, _ part: String) throws(APIError) -> OrgResponse {
        var text = ""
        switch part {
        case "successfulResults":
            text = CSV.line(["sf__Id", "sf__Created"] + job.columns)
            for row in job.successes {
                text += CSV.line([row.id, row.outcome] + row.cells)
            }
        case "failedResults":
            text = CSV.line(["sf__Id", "sf__Error"] + job.columns)
            for row in job.failures {
                text += CSV.line([row.id, row.outcome] + row.cells)
            }
        case "unprocessedrecords":
            text = CSV.line(job.columns)
            for cells in job.unprocessed {
                text += CSV.line(cells)
            }
        default:
            throw .notFound
        }
        return .text(text, status: 200, contentType: "text/csv")
    }
}

extension Fault {
    fileprivate var bulkTrouble: BulkTrouble? {
        if case .bulkJob(let trouble) = effect { trouble } else { nil }
    }
}

extension Field {
    /// The value of a CSV cell: `#N/A` clears the field.
    fileprivate func bulkValue(_ cell: String) -> JSONValue {
        if cell == "#N/A" {
            return .null
        }
        switch type {
        case .boolean:
            return .bool(["true", "1", "yes"].contains(cell.lowercased()))
        default:
            return .string(cell)
        }
    }
}
