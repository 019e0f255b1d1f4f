import ConsentClient
import JSON

extension ConsentClient {
    /// Everything that a method lists, page by page.
    func allPages(
        of method: String,
        member: String,
        params: JSONValue = [:]
    ) async throws(ClientError) -> [JSONValue] {
        var all: [JSONValue] = []
        var params = params
        while true {
            let page = try await call(method, params: params)
            all += page[member]?.arrayValue ?? []
            guard let token = page["next_page_token"]?.stringValue, !token.isEmpty else { return all }
            params["page_token"] = .string(token)
        }
    }
}
