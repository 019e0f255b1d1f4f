/// Where a list goes on.
///
/// A token that was never issued is told from one that was, so a typing error is no empty list.
package struct PageToken<Position: LosslessStringPosition> {
    package var position: Position

    package init(_ position: Position) {
        self.position = position
    }

    package init?(_ text: String) {
        guard let separator = text.lastIndex(of: "."), let position = Position(text[..<separator]),
            text[text.index(after: separator)...] == Self.checksum(position.description)
        else { return nil }
        self.position = position
    }

    package var text: String {
        position.description + "." + Self.checksum(position.description)
    }

    /// FNV-1a, 32 bits: enough to notice an invented token, which is all it is for.
    private static func checksum(_ text: String) -> String {
        var hash: UInt32 = 2_166_136_261
        for byte in text.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return String(hash, radix: 36)
    }
}

/// An id that reads what it writes.
package protocol LosslessStringPosition: CustomStringConvertible, Sendable {
    init?(_ text: some StringProtocol)
}
