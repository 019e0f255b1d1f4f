import JSON

extension Org {
    /// `POST /composite`: up to 25 operations in one call, of which up to 5 queries or collections.
    mutating func composite(_ operation: Operation, _ context: CallContext) throws(APIError) -> OrgResponse {
        guard operation.method == "POST" else {
            throw Self.methodNotAllowed
        }
        guard let requests = operation.body?["compositeRequest"]?.arrayValue, !requests.isEmpty else {
            throw .jsonParser("Missing required field compositeRequest at [line:1, column:1]")
        }
        guard requests.count <= Operation.compositeSubrequestsMax else {
            throw APIError(400, "LIMIT_EXCEEDED", "Limit of 25 subrequests exceeded")
        }
        try checkNames(requests)
        let isAllOrNone = operation.body?["allOrNone"]?.boolValue == true
        let before = isAllOrNone ? tables : nil
        var answers: [(reference: String, response: OrgResponse)] = []
        for request in requests {
            let response = subresponse(request, answers, context)
            answers.append((request["referenceId"]?.stringValue ?? "", response))
            if isAllOrNone, response.status >= 300 {
                break
            }
        }
        if let before, let last = answers.last, last.response.status >= 300 {
            tables = before
            let halted = APIError(
                400,
                "PROCESSING_HALTED",
                "The transaction was rolled back since another operation in the same transaction failed."
            )
            for index in answers.indices.dropLast() {
                answers[index].response = .error(halted)
            }
            for request in requests.dropFirst(answers.count) {
                answers.append((request["referenceId"]?.stringValue ?? "", .error(halted)))
            }
        }
        let items = answers.map { reference, response in
            JSONValue.record([
                ("body", response.compositeBody),
                ("httpHeaders", .record(response.headers.map { ($0.name, .string($0.value)) })),
                ("httpStatusCode", .int(response.status)),
                ("referenceId", .string(reference)),
            ])
        }
        return .json(.record([("compositeResponse", .array(items))]))
    }

    private func checkNames(_ requests: [JSONValue]) throws(APIError) {
        var names: Set<String> = []
        var heavy = 0
        for request in requests {
            guard let name = request["referenceId"]?.stringValue, let url = request["url"]?.stringValue else {
                throw .jsonParser("Missing required field referenceId or url at [line:1, column:1]")
            }
            guard names.insert(name).inserted else {
                throw APIError(400, "INVALID_INPUT", "Duplicate ReferenceId provided: \(name)")
            }
            switch Operation(method: request["method"]?.stringValue ?? "GET", url: url, body: nil).route {
            case .query, .queryPage, .collections, .collectionsOf, .collectionsUpsert:
                heavy += 1
            default:
                break
            }
        }
        guard heavy <= 5 else {
            throw APIError(400, "LIMIT_EXCEEDED", "Limit of 5 query or sObject Collections subrequests exceeded")
        }
    }

    private mutating func subresponse(
        _ request: JSONValue,
        _ answers: [(reference: String, response: OrgResponse)],
        _ context: CallContext
    ) -> OrgResponse {
        for case .partStatus(let answer) in context.faults.map(\.effect) { return answer.response }
        let bodies = Dictionary(
            answers.map { ($0.reference, $0.response.compositeBody) },
            uniquingKeysWith: { first, _ in first }
        )
        do throws(APIError) {
            let references = CompositeReferences(bodies: bodies)
            let url = try references.filled(request["url"]?.stringValue ?? "")
            let body = try request["body"].map { body throws(APIError) in try references.filled(body) }
            let operation = Operation(method: request["method"]?.stringValue ?? "GET", url: url, body: body)
            guard operation.kind.isData, operation.route != .composite else {
                throw .notFound
            }
            return execute(operation, context)
        } catch {
            return .error(error)
        }
    }
}

/// Fills `@{name.path}` in later operations of a composite with values of earlier answers.
struct CompositeReferences {
    let bodies: [String: JSONValue]

    func filled(_ value: JSONValue) throws(APIError) -> JSONValue {
        switch value {
        case .string(let text):
            return .string(try filled(text))
        case .array(let elements):
            return .array(try elements.map { element throws(APIError) in try filled(element) })
        case .object(let object):
            var members: [(String, JSONValue)] = []
            for (name, member) in object {
                members.append((name, try filled(member)))
            }
            return .record(members)
        default:
            return value
        }
    }

    func filled(_ text: String) throws(APIError) -> String {
        guard text.contains("@{") else {
            return text
        }
        var filled = ""
        var rest = Substring(text)
        while let start = rest.firstRange(of: "@{"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            filled += rest[..<start.lowerBound]
            filled += try value(at: rest[start.upperBound..<end])
            rest = rest[rest.index(after: end)...]
        }
        return filled + rest
    }

    private func value(at path: Substring) throws(APIError) -> String {
        var parts = path.replacing("[", with: ".").replacing("]", with: "").split(separator: ".").map(String.init)
        guard let name = parts.first, var value = bodies[name] else {
            throw APIError(400, "PROCESSING_HALTED", "Invalid reference specified. No value for \(path) found")
        }
        parts.removeFirst()
        for part in parts {
            guard let next = Int(part).flatMap({ value[$0] }) ?? value[part] else {
                throw APIError(400, "PROCESSING_HALTED", "Invalid reference specified. No value for \(path) found")
            }
            value = next
        }
        return value.stringValue ?? value.description
    }
}
