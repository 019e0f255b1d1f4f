/// Why a stream of JSON texts cannot be read on.
package enum JSONScanError: Error, Equatable {
    /// The byte at this 0-based place in the stream cannot be right, whatever follows; the length of the stream where
    /// it ended inside a text.
    case syntax(offset: Int)
    /// A text is longer than `limit` bytes.
    case messageTooLarge(limit: Int)
    /// A text has more than `limit` containers around one another.
    case nestingTooDeep(limit: Int)
}
