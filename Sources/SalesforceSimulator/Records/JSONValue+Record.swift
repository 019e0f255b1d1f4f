import JSON

extension JSONValue {
    /// An object of members in order.
    static func record(_ members: [(String, JSONValue)]) -> JSONValue {
        .object(JSONObject(members))
    }
}
