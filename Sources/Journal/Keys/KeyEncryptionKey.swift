import Crypto
import FoundationEssentials

/// The key that an operator holds: it opens a journal's own keys and nothing else.
package struct KeyEncryptionKey: Sendable {
    static let byteCount = 32
    let key: SymmetricKey

    /// Reads 32 raw bytes, or their text in hexadecimal or base64; nil for anything else.
    package init?(_ content: [UInt8]) {
        if content.count == Self.byteCount {
            key = SymmetricKey(data: content)
            return
        }
        let whitespace = Array(" \t\r\n".utf8)
        let text = content.drop { whitespace.contains($0) }.reversed().drop { whitespace.contains($0) }.reversed()
        guard let bytes = Self.hexadecimal(Array(text)) ?? Data(base64Encoded: Data(text)).map({ Array($0) }),
            bytes.count == Self.byteCount
        else { return nil }
        key = SymmetricKey(data: bytes)
    }

    private init(key: SymmetricKey) {
        self.key = key
    }

    /// Draws a new key.
    package static func random() -> KeyEncryptionKey {
        KeyEncryptionKey(key: SymmetricKey(size: .bits256))
    }

    /// The key as a line of hexadecimal text, for a key file.
    package var text: [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        let bytes = unsafe key.withUnsafeBytes { unsafe Array($0) }
        return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] } + [UInt8(ascii: "\n")]
    }

    /// Tells keys apart without telling anything about them.
    var fingerprint: ChainValue {
        let code = HMAC<SHA256>.authenticationCode(for: Array("consentd key fingerprint".utf8), using: key)
        return unsafe code.withUnsafeBytes { unsafe ChainValue(at: 0, of: $0.bytes) }
    }

    private static func hexadecimal(_ text: [UInt8]) -> [UInt8]? {
        guard text.count == 2 * byteCount else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let high = Character(UnicodeScalar(text[index])).hexDigitValue,
                let low = Character(UnicodeScalar(text[index + 1])).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }
}

extension KeyEncryptionKey: CustomStringConvertible {
    /// Never the key.
    package var description: String { "***" }
}
