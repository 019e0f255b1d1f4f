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
    /// The unfinished bytes behind it.
    var tornBytes: [UInt8]
    /// The segments' sizes on disk, the last one aside.
    var sealedByteCount: Int
}

extension JournalDirectory {
    /// Reads everything and changes nothing.
    func load(names: [String], _ handler: RecordHandler) throws(JournalError) -> LoadedJournal {
        let reader = HistoryReader { name, limit throws(JournalError) in try read(name, limit: limit) }
        return try reader.load(names: names, handler)
    }
}

/// Reads a history from files that somebody else fetches, whole or only their first bytes.
struct HistoryReader {
    var fetch: (_ name: String, _ limit: Int?) throws(JournalError) -> [UInt8]

    /// Reads the manifest, the mark and all segments in order.
    func load(names: [String], _ handler: RecordHandler) throws(JournalError) -> LoadedJournal {
        let manifestBytes = try fetch(JournalName.manifest, Manifest.byteCount)
        let manifest = try Manifest.decode(unsafe manifestBytes.span.bytes, file: JournalName.manifest)
        var mark: HighWaterMark?
        if names.contains(JournalName.highWaterMark) {
            let bytes = try fetch(JournalName.highWaterMark, HighWaterMark.byteCount)
            mark = HighWaterMark(unsafe bytes.span.bytes, file: JournalName.highWaterMark)
        }
        var recovery = Recovery(manifest: manifest, mark: mark)
        if mark == nil, names.contains(JournalName.highWaterMark) { recovery.noteDamagedMark() }
        let all = names.compactMap(JournalName.segmentIndex).sorted()
        let live = all.filter { $0 >= manifest.firstSegment }
        recovery.noteStaleSegments(all.count - live.count)
        try checkContiguous(live, from: manifest.firstSegment)

        var loaded: LoadedJournal?
        var sealedByteCount = 0
        for (position, index) in live.enumerated() {
            let name = JournalName.segment(index)
            let bytes = try fetch(name, nil)
            let header = try decodeHeader(bytes, index: index, manifest)
            let isLast = position + 1 == live.count
            let next = isLast ? nil : try readHeader(index + 1, manifest)
            let end = try recovery.read(header, file: name, bytes: unsafe bytes.span.bytes, next: next, handler)
            if !isLast {
                sealedByteCount += bytes.count
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
                tornBytes: Array(bytes[end.offset..<end.offset + end.tornByteCount]),
                sealedByteCount: sealedByteCount
            )
        }
        guard let loaded else { preconditionFailure("the last segment is always read") }
        return loaded
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
