package import JSON

extension Fault {
    /// Reads one fault of a scenario file or of `PUT /simulator/faults`.
    package init(json value: JSONValue) throws(ScenarioError) {
        guard let name = value["fault"]?.stringValue else {
            throw ScenarioError(message: "a fault needs the member \"fault\"")
        }
        let effect = try Effect(name: name, value)
        var match = Match()
        if let spec = value["match"] {
            if let kind = spec["kind"]?.stringValue {
                guard let known = RequestKind(rawValue: kind) else {
                    throw ScenarioError(message: "\"\(kind)\" is no kind of call")
                }
                match.kind = known
            }
            match.sobject = spec["sobject"]?.stringValue
            match.subject = spec["subject"]?.stringValue
        }
        self.init(
            effect,
            match: match,
            times: value["times"]?.intValue,
            skip: value["skip"]?.intValue ?? 0,
            name: value["name"]?.stringValue
        )
    }

    /// The fault as the control API shows it.
    package var json: JSONValue {
        var members: [(String, JSONValue)] = [("name", .string(name)), ("fault", .string(effect.name))]
        members += effect.members
        var matchMembers: [(String, JSONValue)] = []
        if let kind = match.kind {
            matchMembers.append(("kind", .string(kind.rawValue)))
        }
        if let sobject = match.sobject {
            matchMembers.append(("sobject", .string(sobject)))
        }
        if let subject = match.subject {
            matchMembers.append(("subject", .string(subject)))
        }
        if !matchMembers.isEmpty {
            members.append(("match", .record(matchMembers)))
        }
        if let times {
            members.append(("times", .int(times)))
        }
        if skip > 0 {
            members.append(("skip", .int(skip)))
        }
        members.append(("fired", .int(fired)))
        return .record(members)
    }
}

/// A scenario or control request that cannot be understood.
package struct ScenarioError: Error, Equatable, Sendable {
    /// Says what is wrong, for a person.
    package var message: String
}

extension Fault.Effect {
    fileprivate init(name: String, _ value: JSONValue) throws(ScenarioError) {
        let code = value["code"]?.stringValue
        let message = value["message"]?.stringValue
        let milliseconds = value["latency_ms"]?.intValue ?? value["ms"]?.intValue
        switch name {
        case "latency":
            self = .latency(milliseconds: try Self.need(milliseconds, "latency_ms", name))
        case "hold": self = .hold
        case "slow_body":
            self = .slowBody(milliseconds: try Self.need(milliseconds, "latency_ms", name))
        case "status":
            self = .status(try Self.answer(value))
        case "part_status":
            self = .partStatus(try Self.answer(value))
        case "lock":
            let subjects = (value["records"]?.arrayValue ?? []).compactMap(\.stringValue)
            self = .lock(subjects: subjects, first: value["first"]?.intValue ?? 0)
        case "record_error":
            self = .recordError(
                subject: try Self.need(value["subject"]?.stringValue, "subject", name),
                code: try Self.need(code, "code", name),
                message: message ?? "",
                fields: (value["fields"]?.arrayValue ?? []).compactMap(\.stringValue)
            )
        case "batch_error":
            self = .batchError(
                subject: try Self.need(value["subject"]?.stringValue, "subject", name),
                code: code ?? "JSON_PARSER_ERROR",
                message: message ?? "Unexpected content in the request body"
            )
        case "expire_tokens": self = .expireTokens
        case "refuse_login":
            self = .refuseLogin(
                error: code ?? "invalid_grant",
                description: message ?? "authentication failure"
            )
        case "reset_before": self = .resetBefore
        case "reset_after_commit": self = .resetAfterCommit
        case "daily_limit": self = .dailyLimit
        case "concurrent_limit": self = .concurrentLimit
        case "fewer_rows": self = .fewerRows
        case "bulk_job":
            let outcome = try Self.need(value["outcome"]?.stringValue, "outcome", name)
            guard let trouble = Fault.BulkTrouble(rawValue: outcome) else {
                throw ScenarioError(message: "\"\(outcome)\" is no outcome of a bulk job")
            }
            self = .bulkJob(trouble)
        case "results":
            let shape = try Self.need(value["shape"]?.stringValue, "shape", name)
            guard let odd = Fault.OddResults(rawValue: shape) else {
                throw ScenarioError(message: "\"\(shape)\" is no shape of results")
            }
            self = .results(odd)
        default: throw ScenarioError(message: "\"\(name)\" is no fault")
        }
    }

    private static func need<Value>(_ value: Value?, _ member: String, _ fault: String) throws(ScenarioError) -> Value {
        guard let value else {
            throw ScenarioError(message: "the fault \"\(fault)\" needs the member \"\(member)\"")
        }
        return value
    }

    private static func answer(_ value: JSONValue) throws(ScenarioError) -> Fault.Answer {
        let status = try need(value["status"]?.intValue, "status", "status")
        guard (200...599).contains(status) else {
            throw ScenarioError(message: "the status must be between 200 and 599")
        }
        let bodyName = value["body"]?.stringValue ?? "json"
        guard let body = Fault.Body(rawValue: bodyName) else {
            throw ScenarioError(message: "\"\(bodyName)\" is no kind of body")
        }
        let headers = (value["headers"]?.objectValue?.members ?? []).compactMap { name, value in
            value.stringValue.map { (name: name, value: $0) }
        }
        var answer = Fault.Answer(status, body, headers: headers)
        if let code = value["code"]?.stringValue {
            answer.code = code
        }
        if let message = value["message"]?.stringValue {
            answer.message = message
        }
        return answer
    }

    fileprivate var members: [(String, JSONValue)] {
        switch self {
        case .latency(let milliseconds), .slowBody(let milliseconds):
            [("latency_ms", .int(milliseconds))]
        case .status(let answer), .partStatus(let answer):
            [
                ("status", .int(answer.status)), ("body", .string(answer.body.rawValue)),
                ("code", .string(answer.code)), ("message", .string(answer.message)),
                ("headers", .record(answer.headers.map { ($0.name, .string($0.value)) })),
            ]
        case .lock(let subjects, let first):
            [("records", .array(subjects.map { .string($0) })), ("first", .int(first))]
        case .recordError(let subject, let code, let message, let fields):
            [
                ("subject", .string(subject)), ("code", .string(code)), ("message", .string(message)),
                ("fields", .array(fields.map { .string($0) })),
            ]
        case .batchError(let subject, let code, let message):
            [("subject", .string(subject)), ("code", .string(code)), ("message", .string(message))]
        case .refuseLogin(let error, let description):
            [("code", .string(error)), ("message", .string(description))]
        case .bulkJob(let trouble):
            [("outcome", .string(trouble.rawValue))]
        case .results(let odd):
            [("shape", .string(odd.rawValue))]
        case .hold, .expireTokens, .resetBefore, .resetAfterCommit, .dailyLimit, .concurrentLimit, .fewerRows:
            []
        }
    }
}
