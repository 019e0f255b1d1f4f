import ConsentClient
import JSON

extension ConsentClient {
    /// What a method lists, page by page: all of it, or no more than the limit.
    func allPages(
        of method: String,
        member: String,
        params: JSONValue = [:],
        limit: Int? = nil
    ) async throws(ClientError) -> [JSONValue] {
        var all: [JSONValue] = []
        var params = params
        while true {
            if let limit { params["page_size"] = .int(max(1, min(1_000, limit - all.count))) }
            let page = try await call(method, params: params)
            all += page[member]?.arrayValue ?? []
            if let limit, all.count >= limit { return Array(all.prefix(limit)) }
            guard let token = page["next_page_token"]?.stringValue, !token.isEmpty else { return all }
            params["page_token"] = .string(token)
        }
    }
}
