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

// MARK: Ids

extension FoundRecord {
    /// What all forms of one record's id have in common, and the ids of no two records.
    ///
    /// An id of 18 characters with a right checksum is one of 15. Any other text stands for itself, however it begins.
    package static func key(of id: String) -> String {
        // Every id from Salesforce itself, and every record is asked for its key several times.
        if isWhole(id) { return String(decoding: id.utf8.prefix(15), as: UTF8.self) }
        return shortForm(of: id).map { String(decoding: $0, as: UTF8.self) } ?? id
    }

    /// Whether this is an id of 18 that kept its letter case: its checksum is right as it stands.
    private static func isWhole(_ id: String) -> Bool {
        guard id.utf8.count == 18 else { return false }
        var capitals = 0
        for (index, byte) in id.utf8.enumerated() {
            guard isAlphanumeric(byte) else { return false }
            if index < 15 {
                if isUppercase(byte) { capitals |= 1 << index }
            } else if byte != alphabet[capitals >> (5 * (index - 15)) & 31] {
                return false
            }
        }
        return true
    }

    /// The 15 characters of an id of 15 or 18; nil for anything else or a wrong checksum.
    ///
    /// An id of 18 that lost its letter case on the way gets it back from its checksum.
    package static func shortForm(of id: some StringProtocol) -> [UInt8]? {
        let count = id.utf8.count
        guard count == 15 || count == 18, id.utf8.allSatisfy(isAlphanumeric) else { return nil }
        let short = Array(id.utf8.prefix(15))
        guard count == 18 else { return short }
        // Tools that lose the case of an id lose that of its checksum too.
        let given = id.utf8.suffix(3).map(uppercased)
        if given == checksum(of: short) { return short }
        // Where both cases stand, none was lost: it is another id, or a slip of the pen.
        guard !short.contains(where: isUppercase) || !short.contains(where: isLowercase) else { return nil }
        return restored(short, by: given)
    }

    /// The last three characters of an id of 18, each for five of the first 15: bit n is set where character n is upper case.
    package static func checksum(of short: [UInt8]) -> [UInt8] {
        stride(from: 0, to: short.count, by: 5).map { start in
            var bits = 0
            for (offset, byte) in short[start...].prefix(5).enumerated() where isUppercase(byte) { bits |= 1 << offset }
            return alphabet[bits]
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345".utf8)

    private static func restored(_ short: [UInt8], by checksum: [UInt8]) -> [UInt8]? {
        let restored = short.enumerated().map { index, byte in
            let bits = alphabet.firstIndex(of: checksum[index / 5]) ?? 0
            return bits & (1 << (index % 5)) != 0 ? uppercased(byte) : lowercased(byte)
        }
        // A digit has no case that could be marked.
        return self.checksum(of: restored) == checksum ? restored : nil
    }

    private static func isUppercase(_ byte: UInt8) -> Bool { (65...90).contains(byte) }

    private static func isLowercase(_ byte: UInt8) -> Bool { (97...122).contains(byte) }

    private static func uppercased(_ byte: UInt8) -> UInt8 { isLowercase(byte) ? byte - 32 : byte }

    private static func lowercased(_ byte: UInt8) -> UInt8 { isUppercase(byte) ? byte + 32 : byte }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || isUppercase(byte) || isLowercase(byte)
    }
}
