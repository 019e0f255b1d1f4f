/// The names in a journal's directory.
enum JournalName {
    static let lock = "LOCK"
    static let manifest = "MANIFEST"
    static let highWaterMark = "HWM"
    static let quarantine = "quarantine"
    static let keys = "KEYS"
    static let reserve = "reserve"
    static let spare = "spare"
    static let temporarySuffix = ".tmp"

    static func segment(_ index: UInt64) -> String {
        "seg-\(index.hexadecimal).wal"
    }

    /// The index in a segment's name; nil for every other name.
    static func segmentIndex(_ name: String) -> UInt64? {
        guard name.hasPrefix("seg-"), name.hasSuffix(".wal"), name.utf8.count == 24,
            let index = UInt64(name.dropFirst(4).dropLast(4), radix: 16), segment(index) == name
        else { return nil }
        return index
    }

    static func snapshot(_ index: UInt64) -> String {
        "snap-\(index.hexadecimal).snap"
    }

    /// The index in a snapshot's name; nil for every other name.
    static func snapshotIndex(_ name: String) -> UInt64? {
        guard name.hasPrefix("snap-"), name.hasSuffix(".snap"), name.utf8.count == 26,
            let index = UInt64(name.dropFirst(5).dropLast(5), radix: 16), snapshot(index) == name
        else { return nil }
        return index
    }

    /// Whether a name belongs to a file that was never put to use.
    static func isTemporary(_ name: String) -> Bool {
        guard name.hasSuffix(temporarySuffix) else { return false }
        let base = String(name.dropLast(temporarySuffix.utf8.count))
        return base == spare || base == manifest || base == keys || base == reserve || segmentIndex(base) != nil
            || snapshotIndex(base) != nil
    }

    /// Tells a journal that lost its manifest from a directory in which there is none.
    static func checkManifest(_ names: [String]) throws(JournalError) {
        guard names.contains(manifest) || !names.contains(where: { isTrace($0) || segmentIndex($0) != nil }) else {
            throw .corrupt(Corruption(file: manifest, offset: 0, reason: .manifestMissing))
        }
    }

    /// Whether a name shows that a journal was here, the segments and the manifest aside.
    static func isTrace(_ name: String) -> Bool {
        name == highWaterMark || name == quarantine || name == keys || name.hasSuffix(".snap")
    }
}
