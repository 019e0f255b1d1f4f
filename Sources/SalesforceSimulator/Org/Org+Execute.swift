import JSON

extension Org {
    /// Does one operation and says what it answers.
    mutating func execute(_ operation: Operation, _ context: CallContext) -> OrgResponse {
        do throws(APIError) {
            return try answer(operation, context)
        } catch {
            return .error(error)
        }
    }

    private mutating func answer(_ operation: Operation, _ context: CallContext) throws(APIError) -> OrgResponse {
        switch operation.route {
        case .control(let path):
            return control(path, operation, context)
        case .token:
            return token(context)
        case .soapLogin:
            return soapLogin(context)
        case .userInfo:
            return .json(.record([("organization_id", .string(Self.organizationID)), ("active", .bool(true))]))
        case .versions, .resources, .limits, .describeGlobal, .describe:
            return try information(operation, context)
        case .objectInfo(let name) where operation.method == "POST":
            return try createRecord(name, operation, context)
        case .objectInfo(let name):
            return try objectInformation(try requiredType(name), context)
        case .query(let statement, let includingDeleted):
            return try query(statement, includingDeleted: includingDeleted, context)
        case .queryPage(let locator):
            return try queryPage(locator, context)
        case .composite:
            return try composite(operation, context)
        case .collections, .collectionsUpsert, .collectionsOf:
            return try collections(operation, context)
        case .object(let name):
            return try createRecord(name, operation, context)
        case .record(let name, let id):
            return try record(try requiredType(name), id: id, operation, context)
        case .recordByKey(let name, let field, let value):
            return try recordByKey(try requiredType(name), field, value, operation, context)
        case .bulkJobs, .bulkJob, .bulkBatches, .bulkResults:
            return try bulk(operation, context)
        case .unknown:
            throw .notFound
        }
    }

    static let methodNotAllowed = APIError(
        405,
        "METHOD_NOT_ALLOWED",
        "HTTP Method not allowed. Allowed are HEAD,GET,POST,PATCH,DELETE"
    )

    static let organizationID = "00D5g000000SIMULATE"
}
