/// The spelling rules of record ids: 15 case-sensitive characters, or 18 with a suffix that encodes the case.
enum RecordID {
    /// Makes the 18-character id of the `number`-th record of a type.
    static func make(prefix: String, number: Int) -> String {
        var digits: [UInt8] = []
        var rest = number
        while digits.count < 7 {
            digits.append(alphabet[rest % 62])
            rest /= 62
        }
        return withSuffix(prefix + "5g00" + "0" + String(decoding: digits.reversed(), as: UTF8.self))
    }

    /// Returns the 18-character form of a well-formed id, nil for anything that cannot be an id.
    static func canonical(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ isAlphanumeric($0) }) else {
            return nil
        }
        if bytes.count == 15 {
            return withSuffix(text)
        }
        guard bytes.count == 18 else {
            return nil
        }
        if (0..<3).allSatisfy({ bytes[15 + $0] == suffixCharacter($0, of: bytes) }) {
            return text
        }
        let restored = restoringCase(bytes)
        return restored.utf8.elementsEqual(bytes) || text.uppercased() == restored.uppercased() ? restored : nil
    }

    /// Appends the three characters that say which of the fifteen are capitals.
    static func withSuffix(_ fifteen: String) -> String {
        let bytes = Array(fifteen.utf8)
        return fifteen + String(decoding: (0..<3).map { suffixCharacter($0, of: bytes) }, as: UTF8.self)
    }

    /// The character that stands for the case of five others.
    private static func suffixCharacter(_ group: Int, of bytes: [UInt8]) -> UInt8 {
        var bits = 0
        for index in 0..<5 where (65...90).contains(bytes[group * 5 + index]) {
            bits |= 1 << index
        }
        return suffixAlphabet[bits]
    }

    private static func restoringCase(_ bytes: [UInt8]) -> String {
        var fifteen = Array(bytes[0..<15])
        for group in 0..<3 {
            guard let bits = suffixAlphabet.firstIndex(of: upper(bytes[15 + group])) else {
                continue
            }
            for index in group * 5..<group * 5 + 5 {
                let isCapital = bits & (1 << (index - group * 5)) != 0
                fifteen[index] = isCapital ? upper(fifteen[index]) : lower(fifteen[index])
            }
        }
        return withSuffix(String(decoding: fifteen, as: UTF8.self))
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }

    private static func upper(_ byte: UInt8) -> UInt8 {
        (97...122).contains(byte) ? byte - 32 : byte
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        (65...90).contains(byte) ? byte + 32 : byte
    }

    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let suffixAlphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345".utf8)
}
