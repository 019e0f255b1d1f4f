package import JSON

/// The `/composite` call that carries queries in its body, where no URL and no access log sees them.
package enum CompositeCall {
    /// The body for these statements.
    package static func body(_ statements: [String], apiVersion: String) -> [UInt8] {
        var writer = JSONWriter(capacity: statements.reduce(256) { $0 + $1.utf8.count * 3 / 2 + 160 })
        writer.beginObject()
        writer.key("allOrNone")
        writer.bool(false)
        writer.key("compositeRequest")
        writer.beginArray()
        for (index, statement) in statements.enumerated() {
            writer.beginObject()
            writer.key("method")
            writer.string("GET")
            writer.key("url")
            writer.string("/services/data/\(apiVersion)/query?q=\(SOQL.percentEncoded(statement))")
            writer.key("referenceId")
            writer.string(reference(index))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.take()
    }

    /// A part's answer.
    package struct Part: Sendable {
        package var status: Int
        package var body: JSONValue
    }

    /// The answers in the order of the statements; nil unless every one is there.
    package static func parts(_ value: JSONValue, count: Int) -> [Part]? {
        guard let items = value["compositeResponse"]?.arrayValue, items.count == count else { return nil }
        let byReference = Dictionary(
            items.compactMap { item in item["referenceId"]?.stringValue.map { ($0, item) } }
        ) { first, _ in first }
        var parts: [Part] = []
        for index in 0..<count {
            guard let item = byReference[reference(index)], let status = item["httpStatusCode"]?.intValue else {
                return nil
            }
            parts.append(Part(status: status, body: item["body"] ?? .null))
        }
        return parts
    }

    /// What the parts say of the token: one that refuses it speaks for all of them.
    static func verdict(_ value: JSONValue) -> TokenVerdict {
        for item in value["compositeResponse"]?.arrayValue ?? [] {
            guard let status = item["httpStatusCode"]?.intValue, !(200..<300).contains(status) else { continue }
            let verdict = ErrorTable.verdict(ErrorBody(item["body"] ?? .null), status: status)
            if verdict != .taken { return verdict }
        }
        return .taken
    }

    private static func reference(_ index: Int) -> String {
        "q\(index)"
    }
}
