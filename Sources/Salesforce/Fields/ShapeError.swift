/// A choice that a field cannot hold; it names the field and its type, never the choice.
package struct ShapeError: Error, Hashable, Sendable {
    package var field: String
    package var typeName: String

    package init(field: String, typeName: String) {
        self.field = field
        self.typeName = typeName
    }

    /// Our word for it, where a delivery's reason is a code.
    package static let reason = "VALUE_DOES_NOT_FIT"
}

extension ShapeError: CustomStringConvertible {
    package var description: String {
        "the choice does not fit field \(field) of type \(typeName): map it with \"values\""
    }
}
