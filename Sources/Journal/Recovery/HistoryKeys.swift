import FoundationEssentials

/// How much of a history a reader can see.
enum HistoryKeys {
    /// Everything that is in clear, or opens under these keys.
    case table(KeyTable?)
    /// Only what needs no key: checksums, chain and numbers; no sealed record is passed on.
    case none

    /// Returns what reads a segment's frames.
    func key(of header: SegmentHeader, _ manifest: Manifest) throws(JournalError) -> SegmentKey {
        let mustBeSealed = manifest.isSealed && header.index >= manifest.firstSealedSegment
        let file = JournalName.segment(header.index)
        guard header.isSealed == mustBeSealed else {
            throw .corrupt(Corruption(file: file, offset: 0, reason: .badHeader))
        }
        return try key(.segment(header.index), salt: header.salt, isSealed: header.isSealed, manifest, file: file)
    }

    /// Returns what reads a file's frames.
    func key(
        _ name: KeyName,
        salt: UInt64,
        isSealed: Bool,
        _ manifest: Manifest,
        file: String
    ) throws(JournalError) -> SegmentKey {
        guard isSealed else { return .clear }
        switch self {
        case .none: return .unknown
        case .table(let table):
            guard let table else { throw .key(.missing) }
            guard let key = table[name] else {
                throw .corrupt(Corruption(file: file, offset: 0, reason: .keyMissing))
            }
            return .sealed(PayloadCipher(key, name: name, storeID: manifest.storeID, salt: salt))
        }
    }
}

/// What reads the frames of one file.
enum SegmentKey {
    case clear
    case sealed(PayloadCipher)
    /// The frames are sealed and are only counted.
    case unknown

    /// Passes on the records of a frame whose checksums hold.
    func read(_ frame: FrameHeader, _ bytes: RawSpan, _ handler: RecordHandler) throws(FrameFault) {
        switch self {
        case .clear:
            guard frame.seal == nil else { throw .bad(.badSeal) }
            let payload = bytes.extracting(FrameHeader.byteCount..<FrameHeader.byteCount + frame.payloadByteCount)
            try pass(payload, frame, handler)
        case .sealed(let cipher):
            guard let payload = frame.payload(in: bytes, cipher) else { throw .bad(.badSeal) }
            try pass(payload.bytes, frame, handler)
        case .unknown:
            guard frame.seal != nil else { throw .bad(.badSeal) }
        }
    }

    private func pass(_ payload: RawSpan, _ frame: FrameHeader, _ handler: RecordHandler) throws(FrameFault) {
        guard RecordWalk.isWellFormed(payload, recordCount: frame.recordCount) else { throw .bad(.badRecord) }
        do throws(JournalError) {
            try RecordWalk.replay(payload, from: frame.firstSequenceNumber, handler)
        } catch {
            throw .failed(error)
        }
    }
}

/// Why a frame was not read.
enum FrameFault: Error {
    case bad(Corruption.Reason)
    /// The reader of the history refused a record.
    case failed(JournalError)

    /// Adds the place, which the frame's reader does not know.
    func asJournalError(_ damage: (Corruption.Reason) -> JournalError) -> JournalError {
        switch self {
        case .bad(let reason): damage(reason)
        case .failed(let error): error
        }
    }
}
