import Crypto
import FoundationEssentials

/// Which file a key belongs to.
struct KeyName: Hashable, Comparable {
    var role: Role
    var id: UInt64

    static let root = KeyName(role: .root, id: 0)

    static func segment(_ index: UInt64) -> KeyName { KeyName(role: .segment, id: index) }

    static func snapshot(_ index: UInt64) -> KeyName { KeyName(role: .snapshot, id: index) }

    static func < (left: Self, right: Self) -> Bool {
        (left.role.rawValue, left.id) < (right.role.rawValue, right.id)
    }

    enum Role: UInt8 {
        case root = 0
        case segment = 1
        case snapshot = 2
    }
}

/// A journal's keys, each random, kept in `KEYS` under the operator's key.
///
/// Taking a key out of the file makes what it sealed unreadable even where its bytes are still on the device.
struct KeyTable: Sendable {
    /// The bytes "CDKEY", 0, 13, 10.
    static let magic: UInt64 = 0x0A0D_0059_454B_4443
    private static let headerByteCount = 64
    private static let entryByteCount = 80
    /// How many files' keys are made at once, so that beginning a segment rarely costs a second file's sync.
    private static let stock: UInt64 = 16

    let storeID: StoreID
    private var keys: [KeyName: SymmetricKey]

    init(storeID: StoreID, from index: UInt64 = 1) {
        self.storeID = storeID
        keys = [.root: SymmetricKey(size: .bits256)]
        addStock(from: index)
    }

    subscript(name: KeyName) -> SymmetricKey? { keys[name] }

    var names: [KeyName] { keys.keys.sorted() }

    /// Makes the keys of a segment, of its snapshot, and of those that come next.
    mutating func addStock(from index: UInt64) {
        for id in index..<index + Self.stock {
            for name in [KeyName.segment(id), .snapshot(id)] where keys[name] == nil {
                keys[name] = SymmetricKey(size: .bits256)
            }
        }
    }

    /// Forgets every key that the predicate does not want; the root stays.
    mutating func keep(where isNeeded: (KeyName) -> Bool) {
        keys = keys.filter { $0.key == .root || isNeeded($0.key) }
    }

    /// Returns the file: the same content twice, so that no single damage takes every key.
    func encoded(under kek: KeyEncryptionKey) -> [UInt8] {
        let byteCount = Self.headerByteCount + names.count * Self.entryByteCount + 4
        var bytes = FileHeader.make(magic: Self.magic, byteCount: byteCount)
        storeID.store(in: &bytes, at: 16)
        bytes.store(UInt32(names.count), at: 32)
        kek.fingerprint.store(in: &bytes, at: 40)
        for (position, name) in names.enumerated() {
            let start = Self.headerByteCount + position * Self.entryByteCount
            bytes.store(name.id, at: start)
            bytes[start + 8] = name.role.rawValue
            let wrapped = wrap(name, kek)
            bytes.replaceSubrange(start + 16..<start + 16 + wrapped.count, with: wrapped)
        }
        bytes.storeTrailingChecksum()
        return bytes + bytes
    }

    /// Reads the file.
    ///
    /// - Throws: `JournalError.key(.wrong)` when another key wrapped it.
    static func decode(_ file: [UInt8], under kek: KeyEncryptionKey, storeID: StoreID) throws(JournalError) -> KeyTable
    {
        let bytes = try intactCopy(of: file, storeID: storeID)
        let span = unsafe bytes.span.bytes
        guard ChainValue(at: 40, of: span) == kek.fingerprint else { throw .key(.wrong) }
        var table = KeyTable(storeID: storeID)
        table.keys = [:]
        for position in 0..<Int(span.integer(UInt32.self, at: 32)) {
            let start = headerByteCount + position * entryByteCount
            guard let role = KeyName.Role(rawValue: bytes[start + 8]) else { continue }
            let name = KeyName(role: role, id: span.integer(UInt64.self, at: start))
            guard let box = try? AES.GCM.SealedBox(combined: bytes[start + 16..<start + 76]),
                let key = try? AES.GCM.open(box, using: kek.key, authenticating: table.place(name))
            else { throw damaged }
            table.keys[name] = SymmetricKey(data: key)
        }
        guard table.keys[.root] != nil else { throw damaged }
        return table
    }

    /// Checks the file as far as it can be done without the operator's key.
    static func check(_ file: [UInt8], storeID: StoreID) throws(JournalError) {
        _ = try intactCopy(of: file, storeID: storeID)
    }

    private static func intactCopy(of file: [UInt8], storeID: StoreID) throws(JournalError) -> [UInt8] {
        let half = file.count / 2
        var found = damaged
        for copy in [Array(file.prefix(half)), Array(file.suffix(half))] {
            do throws(JournalError) {
                let span = unsafe copy.span.bytes
                guard copy.count >= headerByteCount + 4 else { continue }
                try FileHeader.check(span, magic: magic, byteCount: copy.count, file: JournalName.keys)
                let count = Int(span.integer(UInt32.self, at: 32))
                guard copy.count == headerByteCount + count * entryByteCount + 4 else { continue }
                guard StoreID(at: 16, of: span) == storeID else {
                    throw .corrupt(Corruption(file: JournalName.keys, offset: 0, reason: .foreign))
                }
                return copy
            } catch {
                found = error
            }
        }
        throw found
    }

    private static var damaged: JournalError {
        .corrupt(Corruption(file: JournalName.keys, offset: 0, reason: .badHeader))
    }

    private func wrap(_ name: KeyName, _ kek: KeyEncryptionKey) -> [UInt8] {
        guard let key = keys[name] else { return [] }
        do {
            let content = unsafe key.withUnsafeBytes { unsafe Array($0) }
            let box = try AES.GCM.seal(content, using: kek.key, authenticating: place(name))
            return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
        } catch {
            preconditionFailure("a key of 32 bytes wraps another: \(error)")
        }
    }

    /// What a wrapped key is bound to.
    private func place(_ name: KeyName) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 25)
        storeID.store(in: &bytes, at: 0)
        bytes.store(name.id, at: 16)
        bytes[24] = name.role.rawValue
        return bytes
    }
}
