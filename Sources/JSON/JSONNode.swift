/// A place in a `JSONDocument`: a plain number, so that walking a document costs no reference counting.
///
/// Valid only for the document it came from.
package struct JSONNode: Hashable, Sendable {
    let index: Int
}

/// What a JSON value is.
package enum JSONKind: Sendable {
    case object
    case array
    case string
    case number
    case bool
    case null
}
