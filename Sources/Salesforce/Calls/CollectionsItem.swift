package import JSON

/// What a collections call says of one record.
package enum CollectionsItem: Hashable, Sendable {
    /// `success: true`, with the record's id if it was named.
    case success(id: String?)
    case failure([SalesforceError])
    /// Neither: whether it was written is unknown.
    case unreadable

    /// Reads the items of an answer in their order; nil when they are not as many as were asked.
    package static func items(_ value: JSONValue, count: Int) -> [CollectionsItem]? {
        guard let values = value.arrayValue, values.count == count else { return nil }
        return values.map(CollectionsItem.init)
    }

    private init(_ value: JSONValue) {
        switch value["success"]?.boolValue {
        case true?:
            switch value["id"] {
            case nil, .null?: self = .success(id: nil)
            case .string(let id)?: self = .success(id: id)
            default: self = .unreadable
            }
        case false?:
            self = .failure(ErrorBody(value).errors)
        case nil:
            self = .unreadable
        }
    }
}
