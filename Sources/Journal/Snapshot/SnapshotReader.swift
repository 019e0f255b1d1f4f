import SystemPackage

/// Reads a snapshot frame by frame, so that its size does not matter.
struct SnapshotReader {
    var file: String
    var read: (_ byteCount: Int, _ offset: Int) throws(JournalError) -> [UInt8]

    /// Reads the header alone.
    func header() throws(JournalError) -> SnapshotHeader {
        let bytes = try read(SnapshotHeader.byteCount, 0)
        return try SnapshotHeader.decode(unsafe bytes.span.bytes, file: file)
    }

    /// Passes on every record, numbered from 1 in the snapshot's own order.
    ///
    /// - Throws: `JournalError.corrupt` for anything but exactly what the header tells.
    func replay(_ header: SnapshotHeader, _ key: SegmentKey, _ handler: RecordHandler) throws(JournalError) {
        var offset = SnapshotHeader.byteCount
        var chain = ChainValue.origin
        var number = SequenceNumber.first
        while offset < header.end {
            let head = try read(FrameHeader.byteCount, offset)
            guard let frame = FrameHeader(at: 0, of: unsafe head.span.bytes), frame.offset == offset,
                frame.salt == header.salt, frame.previousChain == chain, frame.firstSequenceNumber == number,
                frame.frameByteCount <= header.end - offset
            else { throw damage(offset, .badFrame) }
            let bytes = try read(frame.frameByteCount, offset)
            guard
                case .frame = FrameScan(
                    at: 0,
                    of: unsafe bytes.span.bytes,
                    end: bytes.count,
                    salt: header.salt,
                    place: offset
                )
            else { throw damage(offset, .badFrame) }
            do throws(FrameFault) {
                try key.read(frame, unsafe bytes.span.bytes, handler)
            } catch {
                throw error.asJournalError { damage(offset, $0) }
            }
            chain = ChainValue(ofFrame: unsafe bytes.span.bytes)
            number = number.advanced(by: frame.recordCount)
            offset += frame.frameByteCount
        }
        guard offset == header.end, chain == header.contentChain,
            number == SequenceNumber.first.advanced(by: header.recordCount)
        else { throw damage(offset, .truncated) }
    }

    private func damage(_ offset: Int, _ reason: Corruption.Reason) -> JournalError {
        .corrupt(Corruption(file: file, offset: offset, reason: reason))
    }
}

extension HistoryReader {
    /// Reads the snapshot that the manifest names.
    func readSnapshot(
        _ manifest: Manifest,
        _ keys: HistoryKeys,
        _ handler: RecordHandler
    ) throws(JournalError) -> (SnapshotHeader, byteCount: Int) {
        let name = JournalName.snapshot(manifest.snapshot)
        let reader = try makeSnapshotReader(name)
        let header = try reader.header()
        guard header.storeID == manifest.storeID else {
            throw .corrupt(Corruption(file: name, offset: 0, reason: .foreign))
        }
        guard header.index == manifest.snapshot, header.index == manifest.firstSegment else {
            throw .corrupt(Corruption(file: name, offset: 0, reason: .misplaced))
        }
        guard header.isSealed == manifest.isSealed else {
            throw .corrupt(Corruption(file: name, offset: 0, reason: .badHeader))
        }
        let key = try keys.key(
            .snapshot(header.index),
            salt: header.salt,
            isSealed: header.isSealed,
            manifest,
            file: name
        )
        try reader.replay(header, key, handler)
        return (header, header.end)
    }

    private func makeSnapshotReader(_ name: String) throws(JournalError) -> SnapshotReader {
        if let openFile {
            let file = try openFile(name)
            return SnapshotReader(file: name) { (byteCount, offset) throws(JournalError) in
                do throws(Errno) {
                    return try file.read(byteCount, at: offset)
                } catch {
                    throw .io(error, during: "read \(name)")
                }
            }
        }
        let bytes = try fetch(name, nil)
        return SnapshotReader(file: name) { byteCount, offset in
            Array(bytes[min(offset, bytes.count)..<min(offset + byteCount, bytes.count)])
        }
    }
}
