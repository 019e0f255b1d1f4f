package import Consent

/// A Salesforce record id in its form of 18 characters, which tells upper from lower case by a checksum.
package struct RecordID: Hashable, Sendable {
    /// The 18 characters.
    package var text: String

    /// Reads 15 or 18 characters that begin with the kind's prefix; nil for anything else or a wrong checksum.
    package init?(_ text: some StringProtocol, of kind: RecordKind) {
        self.init(text)
        guard self.text.hasPrefix(kind.idPrefix) else { return nil }
    }

    /// Reads 15 or 18 characters; nil for anything else or a wrong checksum.
    ///
    /// Of 18 the letter case may be lost, since the checksum tells it.
    package init?(_ text: some StringProtocol) {
        guard let short = FoundRecord.shortForm(of: text) else { return nil }
        self.text = String(decoding: short + FoundRecord.checksum(of: short), as: UTF8.self)
    }

    /// Whether two ids, in whichever form, name the same record.
    package static func isSame(_ left: String, _ right: String) -> Bool {
        left == right || FoundRecord.key(of: left) == FoundRecord.key(of: right)
    }
}
