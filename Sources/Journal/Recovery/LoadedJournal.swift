import SystemPackage

/// A history as it was found on disk, with what a writer needs to go on behind it.
struct LoadedJournal {
    var report: RecoveryReport
    var manifest: Manifest
    var chain: ChainValue
    var lastIndex: UInt64
    var lastEnd: SegmentEnd
    var lastFileByteCount: Int
    /// The last segment's last frame, verbatim; empty if it has none.
    var lastFrame: [UInt8]
    /// The last segment as it was begun, if nothing has been written behind that and it is whole.
    var unused: UnusedSegment?
    /// The unfinished bytes behind it.
    var tornBytes: [UInt8]
    /// The segments' sizes on disk, the last one aside, with those of the generation before.
    var segmentByteCounts: [UInt64: Int]
    /// The snapshots' sizes on disk.
    var snapshotByteCounts: [UInt64: Int]
    /// The journal's own keys; nil if it is kept in clear.
    var keys: KeyTable?
}

/// A segment that a process began and wrote no frame to.
struct UnusedSegment {
    var header: SegmentHeader
    /// The frame that it carries, verbatim.
    var carried: [UInt8]

    /// Nil for a segment with frames of its own, with anything else behind its header, or with a damaged copy.
    init?(_ header: SegmentHeader, _ bytes: RawSpan, _ end: SegmentEnd) {
        guard end.offset == header.framesOffset, end.tornByteCount == 0,
            header.carriedByteCount == 0 || header.carriedFrame(in: bytes) != nil
        else { return nil }
        self.header = header
        carried = unsafe bytes.extracting(SegmentHeader.byteCount..<header.framesOffset).withUnsafeBytes {
            unsafe Array($0)
        }
    }
}

extension JournalDirectory {
    /// Reads everything and changes nothing.
    func load(names: [String], _ access: HistoryAccess, _ replay: Replay) throws(JournalError) -> LoadedJournal {
        var reader = HistoryReader { name, limit throws(JournalError) in try read(name, limit: limit) }
        reader.access = access
        reader.openFile = { (name) throws(JournalError) in try open(name, .readOnly) }
        var loaded = try reader.load(names: names, replay)
        for name in names {
            if let index = JournalName.segmentIndex(name), index < loaded.manifest.firstSegment {
                loaded.segmentByteCounts[index] = try byteCount(of: name)
            } else if let index = JournalName.snapshotIndex(name) {
                loaded.snapshotByteCounts[index] = try byteCount(of: name)
            }
        }
        return loaded
    }

    private func byteCount(of name: String) throws(JournalError) -> Int {
        try attempt("stat \(name)") { () throws(Errno) in try files.status(path.appending(name)).byteCount }
    }
}

/// Which key a reader brings.
enum HistoryAccess {
    case key(KeyEncryptionKey?)
    /// None is needed, for no sealed record is to be seen.
    case checksOnly
}

/// Reads a history from files that somebody else fetches, whole or only their first bytes.
struct HistoryReader {
    var fetch: (_ name: String, _ limit: Int?) throws(JournalError) -> [UInt8]
    /// Opens a file that is too large to be fetched; without it everything is fetched.
    var openFile: ((_ name: String) throws(JournalError) -> any JournalFile)?
    var access = HistoryAccess.key(nil)
    var stopsAtFirstBadFrame = false

    init(fetch: @escaping (_ name: String, _ limit: Int?) throws(JournalError) -> [UInt8]) {
        self.fetch = fetch
    }

    /// Reads the manifest, the keys, the mark, the snapshot and all segments behind it in order.
    func load(names: [String], _ replay: Replay) throws(JournalError) -> LoadedJournal {
        try JournalName.checkManifest(names)
        let manifestBytes = try fetch(JournalName.manifest, Manifest.byteCount)
        let manifest = try Manifest.decode(unsafe manifestBytes.span.bytes, file: JournalName.manifest)
        var mark: HighWaterMark?
        if names.contains(JournalName.highWaterMark) {
            let bytes = try fetch(JournalName.highWaterMark, HighWaterMark.byteCount)
            mark = HighWaterMark(unsafe bytes.span.bytes, file: JournalName.highWaterMark)
        }
        let (keys, table) = try loadKeys(names: names, manifest)
        if let table, let root = table[.root] { replay.keys(JournalKeys(root: root)) }
        var recovery = Recovery(manifest: manifest, mark: mark, keys: keys)
        recovery.stopsAtFirstBadFrame = stopsAtFirstBadFrame
        if mark == nil, names.contains(JournalName.highWaterMark) { recovery.noteDamagedMark() }
        let all = names.compactMap(JournalName.segmentIndex).sorted()
        let live = all.filter { $0 >= manifest.firstSegment }
        recovery.noteStaleSegments(all.count { $0 < manifest.firstKeptSegment })
        try checkContiguous(live, from: manifest.firstSegment)
        if manifest.snapshot > 0 {
            let name = JournalName.snapshot(manifest.snapshot)
            guard names.contains(name) else {
                throw .corrupt(Corruption(file: name, offset: 0, reason: .snapshotMissing))
            }
            let (header, byteCount) = try readSnapshot(manifest, keys, replay.snapshot)
            recovery.begin(behind: header, byteCount: byteCount)
        }

        var loaded: LoadedJournal?
        var byteCounts: [UInt64: Int] = [:]
        for (position, index) in live.enumerated() {
            let name = JournalName.segment(index)
            let bytes = try fetch(name, nil)
            let header = try decodeHeader(bytes, index: index, manifest)
            let isLast = position + 1 == live.count
            let next = isLast ? nil : try readHeader(index + 1, manifest)
            let end = try recovery.read(header, file: name, bytes: unsafe bytes.span.bytes, next: next, replay.log)
            if !isLast {
                byteCounts[index] = bytes.count
                continue
            }
            loaded = LoadedJournal(
                report: recovery.report,
                manifest: manifest,
                chain: recovery.chain,
                lastIndex: index,
                lastEnd: end,
                lastFileByteCount: bytes.count,
                lastFrame: end.lastFrame.map { Array(bytes[$0]) } ?? [],
                unused: UnusedSegment(header, unsafe bytes.span.bytes, end),
                tornBytes: Array(bytes[end.offset..<end.offset + end.tornByteCount]),
                segmentByteCounts: byteCounts,
                snapshotByteCounts: [:],
                keys: table
            )
        }
        try replay.end()
        guard let loaded else { preconditionFailure("the last segment is always read") }
        return loaded
    }

    private func loadKeys(
        names: [String],
        _ manifest: Manifest
    ) throws(JournalError) -> (HistoryKeys, KeyTable?) {
        guard manifest.isSealed else { return (.table(nil), nil) }
        // A creation that was cut short may have left the keys under their first name.
        let name = names.contains(JournalName.keys) ? JournalName.keys : JournalName.keys + JournalName.temporarySuffix
        guard names.contains(name) else {
            throw .corrupt(Corruption(file: JournalName.keys, offset: 0, reason: .keysMissing))
        }
        let file = try fetch(name, nil)
        switch access {
        case .checksOnly:
            try KeyTable.check(file, storeID: manifest.storeID)
            return (.none, nil)
        case .key(let kek):
            guard let kek else { throw .key(.missing) }
            let table = try KeyTable.decode(file, under: kek, storeID: manifest.storeID)
            return (.table(table), table)
        }
    }

    private func checkContiguous(_ live: [UInt64], from first: UInt64) throws(JournalError) {
        var expected = first
        for index in live {
            guard index == expected else { break }
            expected += 1
        }
        guard !live.isEmpty, expected == first + UInt64(live.count) else {
            throw .corrupt(Corruption(file: JournalName.segment(expected), offset: 0, reason: .segmentMissing))
        }
    }

    private func readHeader(_ index: UInt64, _ manifest: Manifest) throws(JournalError) -> SegmentHeader {
        let bytes = try fetch(JournalName.segment(index), SegmentHeader.byteCount)
        return try decodeHeader(bytes, index: index, manifest)
    }

    private func decodeHeader(
        _ bytes: [UInt8],
        index: UInt64,
        _ manifest: Manifest
    ) throws(JournalError) -> SegmentHeader {
        let name = JournalName.segment(index)
        let header = try SegmentHeader.decode(unsafe bytes.span.bytes, file: name)
        guard header.storeID == manifest.storeID else {
            throw .corrupt(Corruption(file: name, offset: 0, reason: .foreign))
        }
        guard header.index == index else {
            throw .corrupt(Corruption(file: name, offset: 0, reason: .misplaced))
        }
        return header
    }
}
