import JSON

extension Operation {
    static let compositeSubrequestsMax = 25
    static let recordsMax = 200

    /// Parses a JSON body where the resource expects one.
    ///
    /// - Returns: the error that Salesforce answers when the body cannot be read.
    mutating func readBody(contentType: String?) -> APIError? {
        switch route {
        case .token, .soapLogin, .bulkBatches:
            return nil
        default:
            break
        }
        guard !rawBody.isEmpty, method != "GET" else {
            return nil
        }
        do {
            body = try JSONValue.parsed(rawBody)
            return nil
        } catch {
            return error
        }
    }

    /// The records of a collections body.
    var bodyRecords: [JSONValue] {
        body?["records"]?.arrayValue ?? []
    }

    var deletedIDs: [String] {
        (queryItem("ids") ?? "").split(separator: ",").map(String.init)
    }

    /// The operation itself, and those inside it when it is a composite.
    var withSubrequests: [Operation] {
        guard route == .composite else {
            return [self]
        }
        let inner = (body?["compositeRequest"]?.arrayValue ?? []).prefix(Self.compositeSubrequestsMax)
        return [self]
            + inner.map { item in
                Operation(
                    method: item["method"]?.stringValue ?? "GET",
                    url: item["url"]?.stringValue ?? "",
                    body: item["body"]
                )
            }
    }

    /// The object that the path or the statement names.
    var objectName: String? {
        switch route {
        case .describe(let name), .object(let name), .objectInfo(let name), .record(let name, _),
            .recordByKey(let name, _, _), .collectionsOf(let name), .collectionsUpsert(let name, _):
            name
        case .query(let statement, _):
            (try? SOQLParser.parse(statement))?.objectName
        default:
            nil
        }
    }
}
