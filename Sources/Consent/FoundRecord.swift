/// A record that takes a person's fields.
package struct FoundRecord: Hashable, Sendable {
    package var id: String
    /// The Account of a Contact: its children must not be written in parallel.
    package var parentID: String?

    package init(id: String, parentID: String? = nil) {
        self.id = id
        self.parentID = parentID
    }
}
