import JSON

// What tests ask of an answer.
extension JSONValue {
    var code: Int? { self["error"]?["code"]?.intValue }
    var status: String? { self["error"]?["data"]?["status"]?.stringValue }
    var reason: String? { self["error"]?["data"]?["reason"]?.stringValue }
    var offset: Int? { self["error"]?["data"]?["offset"]?.intValue }
    var message: String? { self["error"]?["message"]?.stringValue }

    /// The paths of all faults in the parameters, sorted.
    var faultPaths: [String] {
        let violations = self["error"]?["data"]?["field_violations"]?.arrayValue ?? []
        return violations.compactMap { $0["path"]?.stringValue }.sorted()
    }
}

extension [JSONValue] {
    /// The answer to the call with an id.
    func answer(to id: JSONValue) -> JSONValue? {
        first { $0["id"] == id }
    }
}
