import Crypto
import FoundationEssentials

/// What the owner of a history may do with the journal's lasting key; it survives a change of the operator's key.
package struct JournalKeys: Sendable {
    private let secretKey: SymmetricKey
    private let hashKey: SymmetricKey

    init(root: SymmetricKey) {
        secretKey = Self.derive(root, "consentd secret")
        hashKey = Self.derive(root, "consentd erasure")
    }

    /// Seals a secret a second time, so that a decoded record does not show it.
    ///
    /// `context` must be given again to open it: a secret moved to another place does not open.
    package func seal(_ secret: [UInt8], context: [UInt8]) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(secret, using: secretKey, authenticating: context)
            return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        } catch {
            preconditionFailure("a key of 32 bytes seals everything: \(error)")
        }
    }

    /// Opens what `seal` made; nil if it was changed, or sealed by other keys or for another context.
    package func open(_ sealed: [UInt8], context: [UInt8]) -> [UInt8]? {
        guard let box = try? AES.GCM.SealedBox(combined: sealed),
            let secret = try? AES.GCM.open(box, using: secretKey, authenticating: context)
        else { return nil }
        return Array(secret)
    }

    /// Hashes bytes so that only this journal can tell whether it has met them before; 32 bytes.
    package func keyedHash(of bytes: [UInt8]) -> [UInt8] {
        let code = HMAC<SHA256>.authenticationCode(for: bytes, using: hashKey)
        return unsafe code.withUnsafeBytes { unsafe Array($0) }
    }

    private static func derive(_ root: SymmetricKey, _ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Array(purpose.utf8), outputByteCount: 32)
    }
}
