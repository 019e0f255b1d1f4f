extension JSONValue {
    /// The value after a JSON merge patch (RFC 7396): members of the patch replace, null takes away, objects are
    /// patched within, and anything but an object replaces the whole value.
    package func merging(patch: JSONValue) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result = objectValue ?? JSONObject()
        for (name, change) in changes {
            let merged = (result[name] ?? .null).merging(patch: change)
            result[name] = change.isNull ? .none : .some(merged)
        }
        return .object(result)
    }
}
