package import JSON

/// One page of a query's rows.
package struct QueryPage: Sendable {
    package var rows: [JSONObject]
    /// The path of the next page; nil on the last one.
    package var nextPath: String?
    /// How many rows all pages hold together; nil where the page does not say.
    package var totalSize: Int?

    /// Reads a query's answer; nil when it is none, is not all of it, or names a next page anywhere but in the API.
    package init?(_ value: JSONValue) {
        guard let records = value["records"]?.arrayValue else { return nil }
        rows = records.compactMap(\.objectValue)
        guard rows.count == records.count else { return nil }
        totalSize = value["totalSize"]?.intValue
        if value["done"]?.boolValue == true { return }
        guard let path = value["nextRecordsUrl"]?.stringValue else {
            // Whoever is in the rest must not be taken for somebody without a record.
            if value["done"]?.boolValue == false { return nil }
            return
        }
        guard path.hasPrefix("/services/data/"), path.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        nextPath = path
    }
}
