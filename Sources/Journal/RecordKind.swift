/// What a record's body means to the owner of the history; the journal itself does not look inside.
///
/// Kinds with the high bit set may be skipped by a reader that does not know them; all others must be refused.
package struct RecordKind: Hashable, RawRepresentable, Sendable {
    /// The byte on disk.
    package var rawValue: UInt8

    /// Wraps a byte.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Whether a reader that does not know this kind may pass over it.
    package var isSkippable: Bool {
        rawValue & 0x80 != 0
    }
}
