package import Consent

/// A Salesforce record id in its form of 18 characters, which tells upper from lower case by a checksum.
package struct RecordID: Hashable, Sendable {
    /// The 18 characters.
    package var text: String

    /// Reads 15 or 18 characters that begin with the kind's prefix; nil for anything else or a wrong checksum.
    package init?(_ text: some StringProtocol, of kind: RecordKind) {
        guard text.hasPrefix(kind.idPrefix) else { return nil }
        self.init(text)
    }

    /// Reads 15 or 18 characters; nil for anything else or a wrong checksum.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        guard bytes.count == 15 || bytes.count == 18, bytes.allSatisfy(Self.isAlphanumeric) else { return nil }
        let checksum = Self.checksum(bytes)
        if bytes.count == 18 {
            // Tools that lose the case of an id lose that of its checksum too.
            let given = bytes[15...].map { (97...122).contains($0) ? $0 - 32 : $0 }
            guard given == checksum else { return nil }
        }
        self.text = String(decoding: bytes[..<15] + checksum, as: UTF8.self)
    }

    /// Whether two ids, in whichever form, name the same record.
    package static func isSame(_ left: String, _ right: String) -> Bool {
        left == right || (left.utf8.count >= 15 && right.utf8.count >= 15 && left.prefix(15) == right.prefix(15))
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345".utf8)

    /// Three characters, each for five of the fifteen: bit n is set where character n is upper case.
    private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
        stride(from: 0, to: 15, by: 5).map { start in
            var bits = 0
            for offset in 0..<5 where (65...90).contains(bytes[start + offset]) {
                bits |= 1 << offset
            }
            return alphabet[bits]
        }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
