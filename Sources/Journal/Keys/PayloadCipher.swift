import Crypto
import FoundationEssentials

/// Seals the frames of one segment or snapshot under the key that only this file has.
struct PayloadCipher: Sendable {
    private let key: SymmetricKey

    /// Derives the key from the file's own random one and what its header says about the place.
    ///
    /// The salt is random each time a file is begun, so a key that an interrupted start had taken is never used twice.
    init(_ key: SymmetricKey, name: KeyName, storeID: StoreID, salt: UInt64) {
        var info = [UInt8](repeating: 0, count: 32)
        storeID.store(in: &info, at: 0)
        info.store(name.id, at: 16)
        info.store(salt, at: 24)
        self.key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: key,
            info: Array("consentd frame".utf8) + [name.role.rawValue] + info,
            outputByteCount: 32
        )
    }

    /// Appends the sealed payload and returns what opens it.
    func seal(
        _ payload: RawSpan,
        nonce: FrameSeal.Nonce,
        authenticating header: [UInt8],
        to frame: inout [UInt8]
    ) -> FrameSeal {
        do {
            let box = try unsafe payload.withUnsafeBytes {
                try unsafe AES.GCM.seal($0, using: key, nonce: AES.GCM.Nonce(data: nonce.bytes), authenticating: header)
            }
            frame.append(contentsOf: box.ciphertext)
            return FrameSeal(nonce: nonce, tag: Array(box.tag))
        } catch {
            preconditionFailure("a key of 32 bytes seals every frame: \(error)")
        }
    }

    /// Returns the payload; nil if it, its header or its place is not what was sealed.
    func open(_ payload: RawSpan, _ seal: FrameSeal, authenticating header: [UInt8]) -> Data? {
        try? unsafe payload.withUnsafeBytes {
            let box = try unsafe AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: seal.nonce.bytes),
                ciphertext: $0,
                tag: seal.tagBytes
            )
            return try AES.GCM.open(box, using: key, authenticating: header)
        }
    }
}

/// The nonce and the tag in a sealed frame's header.
struct FrameSeal: Equatable {
    var nonce: Nonce
    var tag: ChainValue

    struct Nonce: Equatable {
        var low: UInt64
        var high: UInt32

        init(low: UInt64, high: UInt32) {
            self.low = low
            self.high = high
        }

        var bytes: [UInt8] {
            var bytes = [UInt8](repeating: 0, count: 12)
            bytes.store(low, at: 0)
            bytes.store(high, at: 8)
            return bytes
        }

        /// Draws one from the kernel; a key seals far fewer frames than would make a repetition likely.
        static func random(_ files: any JournalFiles) -> Nonce {
            Nonce(low: files.randomBits(), high: UInt32(truncatingIfNeeded: files.randomBits()))
        }
    }

    init(nonce: Nonce, tag: ChainValue) {
        self.nonce = nonce
        self.tag = tag
    }

    init(nonce: Nonce, tag: [UInt8]) {
        self.nonce = nonce
        self.tag = unsafe ChainValue(at: 0, of: tag.span.bytes)
    }

    var tagBytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16)
        tag.store(in: &bytes, at: 0)
        return bytes
    }
}
